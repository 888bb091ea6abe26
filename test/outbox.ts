/** An outbox of a workspace on a database of its own, mails for it, and a server that takes them. */

import { randomIds } from '../src/kernel/ids.ts';
import { enqueue, type Mail } from '../src/mail/outbox.ts';
import { createSmtp } from '../src/mail/smtp.ts';
import { testDatabase } from './harness.ts';
import { type Receiver, receiver } from './smtp.ts';

/** When its mails were written. */
export const start = Date.UTC(2026, 10, 23);

export const aMail = (more: Partial<Mail> = {}): Mail => ({
  messageId: `<${randomIds('msg')}@acme.localhost>`,
  mailFrom: 'support@acme.localhost',
  rcptTo: 'ada@example.com',
  subject: 'Re: It does not charge',
  body: 'Clean the contacts.\n',
  headers: {},
  createdAt: new Date(start),
  ...more,
});

export async function testOutbox() {
  const db = await testDatabase();
  const workspaceId = randomIds('wsp');
  await db.insertInto('workspaces').values({ id: workspaceId, slug: 'acme', name: 'Acme' }).execute();
  return {
    db,
    workspaceId,
    /** @returns the id of the mail's row */
    async queue(mail: Partial<Mail> = {}): Promise<string> {
      const id = randomIds('out');
      await db
        .transaction()
        .execute((tx) => enqueue(tx, { ...aMail(mail), workspaceId, id, ticketId: null }));
      return id;
    },
    stored: (id: string) =>
      db.selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    clear: () => db.deleteFrom('outbox').execute(),
  };
}

/** A server for as long as the work takes; `options`: those of `receiver`. */
export async function withServer<T>(
  work: (server: Receiver, smtp: ReturnType<typeof createSmtp>) => Promise<T>,
  options: Parameters<typeof receiver>[0] = {},
): Promise<T> {
  const server = await receiver(options);
  const smtp = createSmtp(server.url);
  try {
    return await work(server, smtp);
  } finally {
    await smtp.close();
    await server.close();
  }
}
