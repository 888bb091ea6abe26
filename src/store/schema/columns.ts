/** What columns of several tables are made of. */
import type { ColumnType, JSONColumnType } from 'kysely';
import type { JsonObject } from '../../kernel/json.ts';

/** Filled by the database where it is left out. */
export type Defaulted<T> = ColumnType<T, T | undefined, T>;
export type JsonColumn = JSONColumnType<JsonObject>;
