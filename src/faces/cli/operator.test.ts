import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { testDatabase } from '../../../test/harness.ts';
import { seedDemo } from '../../desk/demo.ts';
import { propose } from '../../desk/proposals.ts';
import { findTicketByNumber } from '../../desk/tickets/tickets.ts';
import { PosternError } from '../../kernel/errors.ts';
import { randomIds } from '../../kernel/ids.ts';
import { startCatchAll } from '../../mail/catchall.ts';
import { sendDue } from '../../mail/outbox.ts';
import { createSmtp } from '../../mail/smtp.ts';
import { inWorkspace } from '../../store/database.ts';
import { operatorCommands } from './operator.ts';

const db = await testDatabase();
const now = new Date('2026-11-23T05:00:00Z');
const workspaceId = await seedDemo(db, randomIds, now);
const mailFolder = await mkdtemp(join(tmpdir(), 'postern-operator-'));
after(() => rm(mailFolder, { recursive: true, force: true }));

async function run(...args: string[]): Promise<string> {
  const lines: string[] = [];
  const [name, ...rest] = args;
  const print = (text: string) => void lines.push(text);
  await operatorCommands[name!]!.run(rest, { db, workspace: 'acme', print, ids: randomIds, now, mailFolder });
  return lines.join('\n');
}

const refused = (code: string) => (error: unknown) => error instanceof PosternError && error.code === code;

/** As an agent's draft that came through the door. */
function draft(body: string): Promise<string> {
  const id = randomIds('prp');
  return inWorkspace(db, workspaceId, async (tx) => {
    const ticket = (await findTicketByNumber(tx, workspaceId, 16n))!;
    await propose(tx, workspaceId, {
      id,
      operation: 'send_reply',
      arguments: { ticketId: ticket.id, body },
      ticketId: ticket.id,
      ticketVersion: ticket.version,
      wallet: `0x${'a1'.repeat(20)}`,
      purchaseId: null,
      now,
    });
    return id;
  });
}

test('tickets are listed and shown', async () => {
  const list = await run('tickets');
  assert.equal(list.split('\n').length, 20);
  assert.match(list, /^ {3}#20 {2}open {6}2026-11-23 03:00 {2}web {4}Battery grip/);
  for (const name of ['5', '#5']) assert.match(await run('ticket', name), /900 wedding pictures/);
  assert.match(await run('ticket', '3'), /operator \(note\)/);
  await assert.rejects(run('ticket', '999'), refused('not_found'));
  await assert.rejects(run('ticket'), refused('invalid_arguments'));
  await assert.rejects(run('tickets', '--nonsense'), refused('invalid_arguments'));
  await assert.rejects(run('tickets', '--workspace', 'nobody'), refused('workspace_not_found'));
});

test('tickets of one status are listed, as many as asked for; a ticket says whose it is', async () => {
  const open = (await run('tickets', '--status', 'open', '--limit', '3')).split('\n');
  assert.equal(open.length, 3);
  for (const line of open) assert.match(line, /^ +#\d+ {2}open /);
  for (const wrong of [['--status', 'lost'], ['--limit', '0'], ['--limit', 'x'], ['more']])
    await assert.rejects(run('tickets', ...wrong), refused('invalid_arguments'));
  assert.match(await run('ticket', '20'), /^customer \S.*@/m);
});

test('a proposal is shown, approved, mailed, and the mail can be read', async () => {
  assert.equal(await run('proposals'), 'Nothing waits for approval.');
  assert.equal(await run('mail'), 'No mail has been kept here.');
  const id = await draft('We send you the leather strap — keep the other.');
  assert.match(await run('proposals'), new RegExp(`^${id} .*\n {2}on #16 Wrong strap in the box\n.*0xa1a1`));
  assert.match(await run('approve', id), /in the outbox/);
  await assert.rejects(run('approve', id), refused('conflict'));

  const clock = () => now.getTime();
  const catchAll = await startCatchAll({ folder: mailFolder, clock, ids: randomIds });
  const smtp = createSmtp(catchAll.url);
  await sendDue(db, smtp, clock);
  await smtp.close();
  await catchAll.close();
  assert.match(await run('mail'), /^ {3}1 .* ines\.carvalho@example\.org {2}Re: Wrong strap in the box$/);
  assert.match(await run('mail', '1'), /We send you the leather strap — keep the other\./);
  await assert.rejects(run('mail', '2'), refused('not_found'));
  assert.match(await run('ticket', '16'), /mail to ines\.carvalho@example\.org: sent 2026-11-23 05:00/);
});

test('decisions count for the wallet that proposed', async () => {
  const before = await run('wallets', `0x${'a1'.repeat(20)}`);
  await run('reject', await draft('Cheap watches!'), '--reason', 'an advert', '--spam');
  const after = await run('wallets', `0x${'a1'.repeat(20)}`);
  const counts = (text: string) => /(\d+) rejected\n(\d+) strikes/.exec(text)!.slice(1).map(Number);
  const [rejected, strikes] = counts(before) as [number, number];
  assert.deepEqual(counts(after), [rejected + 1, strikes + 1]);
  assert.match(after, /wallet\.struck: spam: an advert/);
});

test('a rejection needs a reason', async () => {
  const id = await draft('x');
  await assert.rejects(run('reject', id), refused('invalid_arguments'));
  assert.equal(await run('reject', id, '--reason', 'too short'), `Rejected ${id}.`);
});

test('text of strangers cannot drive the terminal', async () => {
  const id = await draft('\x1b[2J\x1b]0;owned\x07 \u202egnp.exe\r\nsecond line\rthird');
  const shown = await run('proposals');
  assert.doesNotMatch(shown, /[^\P{Cc}\n]|\p{Bidi_Control}/u);
  assert.match(shown, /\n {2}\| second line\n {2}\| third/);
  await run('reject', id, '--reason', 'hostile');
});

test('what moved since is approved by who says which version they read', async () => {
  const id = await draft('As it was.');
  await inWorkspace(db, workspaceId, async (tx) => {
    const ticket = (await findTicketByNumber(tx, workspaceId, 16n))!;
    const version = ticket.version + 1;
    const moved = { version, threadVersion: version };
    await tx.updateTable('tickets').set(moved).where('id', '=', ticket.id).execute();
  });
  let version = '';
  await assert.rejects(run('approve', id), (error) => {
    version = /postern approve prp_\w+ --seen (\d+)$/.exec((error as Error).message)?.[1] ?? '';
    return refused('conflict')(error) && version !== '';
  });
  await assert.rejects(run('approve', id, '--seen', 'x'));
  await assert.rejects(run('approve', id, '--seen', String(Number(version) - 1)), refused('conflict'));
  assert.match(await run('approve', id, '--seen', version), /^Approved/);
});
