import { useState } from 'react';
import { sayRefused } from '../../app/toasts.tsx';
import { follow, type Rows } from './earlier.ts';

export interface Earlier<Row> extends Rows<Row> {
  loading: boolean;
  /** Asks for the page before. `shown`: runs before it is shown. */
  load(shown?: () => void): Promise<void>;
}

/** The newest, and what came before as it is asked for. @param read the page at a cursor, the newest first, as the server lists it */
export function useEarlier<Row>(
  newest: Rows<Row>,
  keyOf: (row: Row) => string,
  read: (cursor: string) => Promise<{ rows: readonly Row[]; next: string | undefined }>,
): Earlier<Row> {
  const [known, setKnown] = useState(newest);
  const [followed, setFollowed] = useState(newest);
  const [loading, setLoading] = useState(false);
  let now = known;
  if (followed.rows !== newest.rows || followed.count !== newest.count) {
    now = follow(known, newest, keyOf);
    setFollowed(newest);
    setKnown(now);
  }
  return {
    ...now,
    loading,
    async load(shown) {
      const { earlier } = now;
      if (earlier === null || loading) return;
      setLoading(true);
      try {
        const { rows, next } = await read(earlier);
        shown?.();
        setKnown((before) =>
          before.earlier === earlier
            ? { ...before, rows: [...rows.toReversed(), ...before.rows], earlier: next ?? null }
            : before,
        );
      } catch (error) {
        sayRefused(error);
      } finally {
        setLoading(false);
      }
    },
  };
}
