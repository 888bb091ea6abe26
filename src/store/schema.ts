import type { AutomationSchema } from './schema/automation.ts';
import type { ContentSchema } from './schema/content.ts';
import type { CredentialSchema } from './schema/credentials.ts';
import type { CustomerSchema } from './schema/customers.ts';
import type { DeskSchema } from './schema/desk.ts';
import type { DoorSchema } from './schema/door.ts';
import type { DraftSchema } from './schema/drafts.ts';
import type { MailSchema } from './schema/mail.ts';
import type { ModelSchema } from './schema/model.ts';
import type { MoneySchema } from './schema/money.ts';
import type { PeopleSchema } from './schema/people.ts';
import type { WorkSchema } from './schema/work.ts';

export type * from './schema/automation.ts';
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
export interface Schema extends MoneySchema, DeskSchema, CustomerSchema, PeopleSchema, WorkSchema {}
export interface Schema extends MoneySchema, DeskSchema, CustomerSchema, PeopleSchema, ModelSchema {}
export interface Schema extends MoneySchema, DeskSchema, CustomerSchema, PeopleSchema, ContentSchema {}
export interface Schema extends MoneySchema, DeskSchema, CustomerSchema, PeopleSchema, CredentialSchema {}
export interface Schema extends MoneySchema, DeskSchema, CustomerSchema, MailSchema, PeopleSchema {}
export interface Schema extends MoneySchema, DeskSchema, CustomerSchema, PeopleSchema, AutomationSchema {}
export interface Schema extends MoneySchema, DeskSchema, CustomerSchema, MailSchema, PeopleSchema {}
export interface Schema extends MoneySchema, DeskSchema, CustomerSchema, PeopleSchema, ModelSchema {}
export interface Schema extends MoneySchema, DeskSchema, CustomerSchema, PeopleSchema, ContentSchema {}
export interface Schema extends MoneySchema, DeskSchema, CustomerSchema, PeopleSchema, CredentialSchema {}
export interface Schema extends DraftSchema {}
