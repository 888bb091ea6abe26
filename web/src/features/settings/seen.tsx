/** What several people set: whoever saves says which version they saw, and where it moved on both are shown. */
import { type ReactNode, useRef, useState } from 'react';
import { Refusal } from '../../api/call.ts';
import { Button } from '../../components/button.tsx';
import { t } from '../../messages/messages.ts';

/** What a form edits, as it is on the server. */
interface Now<Part> {
  version: number;
  part: Part;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/**
 * @param now undefined for one that is not there yet
 * @param mine what stands in the form
 * @param adopt fills the form with what is there
 */
export function useSeen<Part>(now: Now<Part> | undefined, mine: Part, adopt: (part: Part) => void) {
  const [seen, setSeen] = useState(now);
  const [saving, setSaving] = useState(false);
  const version = useRef(now?.version);
  const own = useRef<number>(undefined);
  const see = (next: Now<Part>) => {
    setSeen(next);
    version.current = next.version;
  };
  let moved: Part | undefined;
  if (now && seen && now.version !== seen.version && !saving) {
    const isUntouched = same(mine, seen.part) || same(mine, now.part);
    // What somebody changed may be none of what this form is about.
    if (same(now.part, seen.part)) see(now);
    else if (isUntouched || now.version === own.current) {
      see(now);
      adopt(now.part);
    } else moved = now.part;
  }
  return {
    moved,
    /** Throws away what was typed. */
    take: () => {
      if (!now) return;
      see(now);
      adopt(now.part);
    },
    /** What is saved next replaces what is there now. */
    insist: () => {
      if (now) version.current = now.version;
    },
    save: async (work: (version: number) => Promise<{ version: number }>) => {
      setSaving(true);
      try {
        own.current = (await work(version.current ?? 1)).version;
      } catch (error) {
        if (error instanceof Refusal && error.code === 'conflict' && 'version' in error.data)
          throw new Error(t('settings.moved.refused'));
        throw error;
      } finally {
        setSaving(false);
      }
    },
  };
}

/** That somebody else changed it meanwhile, what it is now, and which of both is to be. Stands in its form. */
export const Moved = (props: { children: ReactNode; onTake(): void; onInsist(): void }) => (
  <div role="alert" className="mb-3 rounded-md border border-warn bg-warn-soft p-2">
    <p className="mb-2 text-warn">{t('settings.moved')}</p>
    <div className="mb-2 max-h-48 overflow-auto rounded-md border border-line bg-panel p-2 text-xs break-words whitespace-pre-wrap">
      {props.children}
    </div>
    <div className="flex flex-wrap gap-2">
      <Button size="small" onClick={props.onTake}>
        {t('settings.moved.take')}
      </Button>
      <Button size="small" type="submit" onClick={props.onInsist}>
        {t('settings.moved.insist')}
      </Button>
    </div>
  </div>
);
