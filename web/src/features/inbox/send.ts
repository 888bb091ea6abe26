/** Sending what was written, each kind in its way. */
import { call, type OutputOf } from '../../api/call.ts';
import type { WholeTicket } from './changes.ts';
import type { Writing } from './use-draft.ts';

export interface Sending {
  writing: Writing;
  /** Of a forward. */
  to: string;
  attachmentIds: string[];
  /** Of a forward: the files of the thread go with it. */
  withFiles: boolean;
  signature: boolean;
  resolve: boolean;
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

/** @throws {Refusal} `conflict` for a reply where something was said that its writer has not seen */
export async function send(
  slug: string,
  { ticketId }: WholeTicket,
  members: readonly Member[],
  { writing, to, attachmentIds, withFiles, signature, resolve }: Sending,
): Promise<void> {
  const { mode, text, cc, bcc, seen } = writing;
  if (mode === 'note') {
    await call(slug, 'add_note', { ticketId, body: text, mentions: mentionsIn(text, members).slice(0, 20) });
  } else if (mode === 'forward') {
    const note = text.trim() === '' ? {} : { note: text };
    await call(slug, 'forward', { ticketId, to, cc: cc ?? [], bcc, attachments: withFiles, ...note });
  } else {
    await call(slug, 'reply', {
      ticketId,
      version: seen,
      body: text,
      bcc,
      attachmentIds,
      signature,
      status: resolve ? 'resolved' : 'pending',
      ...(cc && { cc }),
    });
  }
}
