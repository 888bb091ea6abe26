import type { Catalogue } from '../../catalogue/registry.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Logger } from '../../kernel/log.ts';
import type { Time } from '../../kernel/time.ts';
import type { Member, SignedIn } from '../../people/sessions.ts';
import type { Events } from '../../store/events.ts';
import type { ClientOf } from '../client-address.ts';
import type { Limits } from '../limits.ts';

/** The desk as its members work it: what stands behind the browser's calls. */
export interface MembersDesk {
  /** Who is signed in. @throws {PosternError} `unauthorized` */
  signedInBy(headers: Headers): Promise<SignedIn>;
  /** @throws {PosternError} `unauthorized`, `not_permitted` */
  memberOf(headers: Headers, slug: string): Promise<Member>;
  /** Runs one operation as this member. @throws {PosternError} */
  perform(member: Member, operation: string, input: JsonObject): Promise<JsonObject>;
  catalogue: Catalogue;
  events: Events;
  /** Tells every process who looks at or types in a ticket. @throws {PosternError} `not_found` for no ticket of theirs */
  tellPresence(member: Member, ticketId: string, doing: Doing): Promise<void>;
  time: Time;
  /** Aborts when the server stops: streams end then. */
  ending: AbortSignal;
}

/** What a member does with a ticket. */
export type Doing = 'looking' | 'typing' | 'left';

export interface DeskFacePorts {
  desk: MembersDesk;
  /** Without a slash at the end. */
  publicUrl: string;
  /** Whether mails leave the house: without an SMTP server they are kept. Left out where they do. */
  mailsLeave?: boolean;
  limits: Limits;
  clientOf: ClientOf;
  log: Logger;
}
