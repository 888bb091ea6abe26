/** Sending what was written, each kind in its way. */
import { call, type OutputOf } from '../../api/call.ts';
import type { WholeTicket } from './changes.ts';
import type { Mode, Writing } from './keeper.ts';

export interface Sending {
  mode: Mode;
  writing: Writing;
  /** Of a forward: the files of the thread go with it. */
  withFiles: boolean;
  signature: boolean;
  resolve: boolean;
  /** Of this one sending. */
  key: string;
}

type Member = OutputOf<'list_members'>['members'][number];

/** Members whom a note names by `@` and their name, the longest name first: `@Ada Lovelace` is not `@Ada`. */
export function mentionsIn(text: string, members: readonly Pick<Member, 'userId' | 'name'>[]): string[] {
  const named: string[] = [];
  let rest = text;
  for (const { userId, name } of members.toSorted((a, b) => b.name.length - a.name.length)) {
    const without = rest.replaceAll(`@${name}`, '');
    if (without !== rest) named.push(userId);
    rest = without;
  }
  return named;
}

/**
 * @returns the ticket's version after it
 * @throws {Refusal} `conflict` for a reply where something was said that its writer has not seen; with `sent` where something
 * else went by the same key
 */
export async function send(
  slug: string,
  { ticketId }: WholeTicket,
  members: readonly Member[],
  { mode, writing, withFiles, signature, resolve, key }: Sending,
): Promise<number> {
  const { text, to, cc, bcc, files, seen } = writing;
  const attachmentIds = files.map(({ attachmentId }) => attachmentId);
  if (mode === 'note') {
    const mentions = mentionsIn(text, members).slice(0, 20);
    const note = { ticketId, body: text, mentions, attachmentIds, key };
    return (await call(slug, 'add_note', note)).version;
  }
  if (mode === 'forward') {
    const note = text.trim() === '' ? {} : { note: text };
    const copies = { cc: cc ?? [], bcc };
    const forward = { ticketId, to, ...copies, attachments: withFiles, attachmentIds, key, ...note };
    return (await call(slug, 'forward', forward)).version;
  }
  const reply = {
    ticketId,
    version: seen,
    body: text,
    bcc,
    attachmentIds,
    signature,
    status: resolve ? ('resolved' as const) : ('pending' as const),
    key,
    ...(cc && { cc }),
  };
  return (await call(slug, 'reply', reply)).version;
}
