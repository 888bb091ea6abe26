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
  { mode, writing, withFiles, signature, resolve }: Sending,
): Promise<void> {
  const { text, to, cc, bcc, files, seen } = writing;
  const attachmentIds = files.map(({ attachmentId }) => attachmentId);
  if (mode === 'note') {
    const mentions = mentionsIn(text, members).slice(0, 20);
    await call(slug, 'add_note', { ticketId, body: text, mentions, attachmentIds });
  } else if (mode === 'forward') {
    const note = text.trim() === '' ? {} : { note: text };
    const copies = { cc: cc ?? [], bcc };
    await call(slug, 'forward', {
      ticketId,
      to,
      ...copies,
      attachments: withFiles,
      attachmentIds,
      ...note,
    });
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
