import type { ContentSchema } from './schema/content.ts';
import type { CustomerSchema } from './schema/customers.ts';
import type { DeskSchema } from './schema/desk.ts';
import type { DoorSchema } from './schema/door.ts';
import type { MoneySchema } from './schema/money.ts';
import type { PeopleSchema } from './schema/people.ts';

export type * from './schema/content.ts';
export type * from './schema/desk.ts';
export type * from './schema/door.ts';
export type * from './schema/money.ts';
export type * from './schema/people.ts';

/** The tables as Kysely sees them (columns in camelCase). What they mean stands in migrations/. */
export interface Schema
  extends MoneySchema,
    DeskSchema,
    CustomerSchema,
    PeopleSchema,
    ContentSchema,
    DoorSchema {}
