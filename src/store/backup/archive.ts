/**
 * The file of a backup: a gzipped tar. First `manifest.json`; then each table's rows as Postgres copies them out, in pieces
 * `tables/NAME/000001`, so that neither side holds more than one piece in memory; last `end.json`, with each table's rows
 * and SHA-256: a file that was cut off has none.
 */

export const format = 'postern-backup-1';

export interface Manifest {
  format: typeof format;
  /** ISO 8601, UTC. */
  takenAt: string;
  /** Of the schema that the rows fit. */
  migrations: string[];
  tables: { name: string; columns: readonly string[] }[];
}

export interface TableEnd {
  name: string;
  rows: number;
  /** Of the pieces one after the other, in hexadecimal. */
  sha256: string;
}

export interface End {
  tables: TableEnd[];
}

/** The file is no backup, or not a whole one, or fits another version. */
export class BackupError extends Error {
  override name = 'BackupError';
}

export const pieceBytes = 4 * 1024 * 1024;

export const pieceName = (table: string, index: number): string =>
  `tables/${table}/${String(index).padStart(6, '0')}`;

/** The table of a piece, or undefined for another entry. */
export const tableOfPiece = (name: string): string | undefined => /^tables\/(\w+)\/\d{6}$/.exec(name)?.[1];
