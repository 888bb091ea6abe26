import type { AutomationSchema } from './schema/automation.ts';
import type { CustomerSchema } from './schema/customers.ts';
import type { DeskSchema } from './schema/desk.ts';
import type { MoneySchema } from './schema/money.ts';
import type { PeopleSchema } from './schema/people.ts';

export type * from './schema/automation.ts';
export type * from './schema/desk.ts';
export type * from './schema/money.ts';
export type * from './schema/people.ts';

/** The tables as Kysely sees them (columns in camelCase). What they mean stands in migrations/. */
export interface Schema extends MoneySchema, DeskSchema, CustomerSchema, PeopleSchema, AutomationSchema {}
