/**
 * The local cluster's memory: a file of JSON lines, one for each change, written before anyone hears of it. A process that
 * is killed forgets nothing; half a line at the end is a change that no one heard of.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';

/** Where a record stands in the file, in bytes. */
export interface Place {
  offset: number;
  length: number;
}

export interface Journal<T> {
  /** What was in the file when it was opened, oldest first, each with its place. */
  replay(take: (record: T, place: Place) => void): void;
  append(record: T): Place;
  read(place: Place): T;
  /** Bytes written so far. */
  size(): number;
  /** Forgets what was written after this size. */
  truncate(size: number): void;
  close(): void;
}

/** Opens a journal, made if it is not there. */
export function openJournal<T>(path: string): Journal<T> {
  const file = openSync(path, 'a+');
  let size = 0;
  const truncate = (to: number) => {
    ftruncateSync(file, to);
    size = to;
  };
  return {
    replay(take) {
      const bytes = readFileSync(path);
      for (let end = bytes.indexOf(10, size); end >= 0; end = bytes.indexOf(10, size)) {
        const place = { offset: size, length: end - size };
        take(JSON.parse(bytes.toString('utf8', size, end)) as T, place);
        size = end + 1;
      }
      if (size < bytes.length) truncate(size);
    },
    append(record) {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      const place = { offset: size, length: line.length - 1 };
      writeSync(file, line);
      size += line.length;
      return place;
    },
    read({ offset, length }) {
      const bytes = Buffer.alloc(length);
      readSync(file, bytes, 0, length, offset);
      return JSON.parse(bytes.toString('utf8')) as T;
    },
    size: () => size,
    truncate,
    close: () => closeSync(file),
  };
}
