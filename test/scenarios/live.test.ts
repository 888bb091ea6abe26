/** A stream tells what moves to who works here, and to nobody else from the moment on in which they do not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomIds } from '../../src/kernel/ids.ts';
import { addMember } from '../../src/people/members.ts';
import { seedOwner } from '../../src/people/users.ts';
import { asSystem } from '../../src/store/database.ts';
import { type Browser, db, now, signedIn, url, workspaceOf } from '../people.ts';

type Work = Awaited<ReturnType<typeof workspaceOf>>;

async function stream(page: Browser, slug: string) {
  const opened = await fetch(`${url}/api/v1/live?workspace=${slug}`, { headers: page.headers() });
  const reader = opened.body!.pipeThrough(new TextDecoderStream()).getReader();
  return {
    /** All that it tells, until it ends or tells of this ticket. */
    async until(ticketId: string): Promise<string> {
      for (let heard = ''; ; ) {
        const { done, value = '' } = await reader.read();
        heard += value;
        if (done || heard.includes(ticketId)) return done ? `${heard}[ended]` : heard;
      }
    },
    cancel: () => reader.cancel(),
  };
}

const ticket = async ({ call, owner }: Work): Promise<string> =>
  (await call(owner, 'create_ticket', { subject: 'x', body: 'y' })).ticketId as string;

test('a member who is removed is told nothing more, there and then', async () => {
  const [acme, other] = [await workspaceOf('live-acme'), await workspaceOf('live-elsewhere')];
  const member = { name: 'Mallory', email: 'mallory@live.example' };
  const userId = await seedOwner(db, randomIds, other.workspace.id, { ...member, now: now() });
  await asSystem(db, (tx) =>
    addMember(tx, acme.workspace.id, { userId, ...member, role: 'operator', now: now() }),
  );
  const page = await signedIn(member.email);
  const [theirs, elsewhere] = [await stream(page, 'live-acme'), await stream(page, 'live-elsewhere')];
  const owners = await stream(await signedIn(acme.email), 'live-acme');
  const before = await ticket(acme);
  assert.ok((await theirs.until(before)).includes(before));

  await acme.call(acme.owner, 'remove_member', { userId });
  const after = await ticket(acme);
  assert.equal(await theirs.until(after), '[ended]');
  // Whoever else works here hears on, and so do they where they still do.
  assert.ok((await owners.until(after)).includes(after));
  const there = await ticket(other);
  assert.ok((await elsewhere.until(there)).includes(there));
  for (const one of [owners, elsewhere]) await one.cancel();
});
