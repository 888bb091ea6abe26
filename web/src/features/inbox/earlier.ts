/** What came before the newest of a ticket, be it messages or history: page by page, as it is asked for. */
/** Rows with the oldest first, and where those before them begin: nowhere, where these are all. */
export interface Rows<Row> {
  rows: readonly Row[];
  earlier: string | null;
  /** Of all that there are. */
  count: number;
}

/**
 * What is known, with the newest as they are now: those have moved on by what was added. What is known that they do not
 * follow on, or that something came into or out of, is forgotten: it is asked for again by who wants it.
 */
export function follow<Row>(known: Rows<Row>, newest: Rows<Row>, keyOf: (row: Row) => string): Rows<Row> {
  const first = newest.rows[0];
  const at = first ? known.rows.findIndex((row) => keyOf(row) === keyOf(first)) : -1;
  if (at <= 0) return newest;
  const before = new Set(known.rows.map(keyOf));
  const added = newest.rows.filter((row) => !before.has(keyOf(row))).length;
  if (newest.count - known.count !== added) return newest;
  return { ...known, rows: [...known.rows.slice(0, at), ...newest.rows], count: newest.count };
}
