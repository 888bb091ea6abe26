import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { run } from '../../src/faces/cli/commands.ts';
import { sleep, systemClock } from '../../src/kernel/time.ts';
import { startTestPostern } from '../postern.ts';

test('from an empty home folder to a ticket, by the command line alone', async () => {
  const postern = await startTestPostern();
  const home = await mkdtemp(join(tmpdir(), 'postern-agent-'));
  after(() => rm(home, { recursive: true }));
  const door = `${postern.url}/api/mcp/acme`;
  let cut: 'no' | 'next' | 'done' = 'no';
  const payments: string[] = [];
  const cli = async (...args: string[]) => {
    const printed: string[] = [];
    const notes: string[] = [];
    const terminal = {
      environment: {},
      home,
      print: (line: string) => printed.push(line),
      note: (line: string) => notes.push(line),
      fetch: lossy,
      clock: systemClock,
      sleep,
    };
    const code = await run([...args, '--door', door], terminal);
    return { code, out: printed.join('\n'), notes: notes.join('\n') };
  };
  /** Once asked to, gives the paid request to the door and loses the answer. */
  const lossy: typeof fetch = async (input, init) => {
    const payment = new Headers(init?.headers).get('payment-signature');
    if (payment) payments.push(payment);
    const response = await fetch(input, init);
    if (payment && cut === 'next') {
      cut = 'done';
      await response.body?.cancel();
      throw new TypeError('fetch failed');
    }
    return response;
  };

  assert.match((await cli('tools')).out, /create_ticket {2}\$0\.02/);
  const broke = await cli('call', 'create_ticket', '--subject', 'Strap', '--body', 'torn');
  assert.equal(broke.code, 1);
  assert.match(broke.notes, /postern wallet new --fund/);

  assert.equal((await cli('wallet', 'new')).code, 0);
  const poor = await cli('call', 'create_ticket', '--subject', 'Strap', '--body', 'torn');
  assert.match(poor.notes, /does not hold enough; fund it: npx postern wallet fund/);
  assert.match((await cli('wallet', 'fund')).out, /base-sepolia: \$10\.00/);

  cut = 'next';
  payments.length = 0;
  const paid = await cli('call', 'create_ticket', '--subject', 'Strap', '--body', 'torn', '--json-output');
  assert.equal(paid.code, 0, paid.notes);
  assert.equal(payments.length, 2);
  assert.equal(payments[0], payments[1]);
  const outcome = JSON.parse(paid.out);
  assert.match(outcome.result.ticketId, /^tkt_/);
  assert.match(outcome.paid.transaction, /^0x[0-9a-f]{64}$/);
  assert.match(outcome.receiptId, /^rcp_/);
  assert.match((await cli('wallet', 'show')).out, /base-sepolia: \$9\.98/);

  const context = await cli('call', 'get_ticket_context', '--ticket-id', outcome.result.ticketId);
  assert.equal(context.code, 0, context.notes);
  assert.match(context.out, /Strap/);

  const draft = JSON.stringify({ ticketId: outcome.result.ticketId, body: 'Sew it.' });
  const quoted = await cli(
    ...['call', 'quote', '--tool', 'send_reply', '--arguments', draft],
    ...['--wallet', outcome.paid.payer, '--json-output'],
  );
  // A wallet is named and not proven here, so nothing is said of a ticket that it alone may see.
  const { outcome: conduct, reason, wanted } = JSON.parse(quoted.out).result;
  assert.deepEqual([conduct, reason, wanted], ['queues', 'not_found', undefined]);
});

test('a receipt is kept with the call and checked without the door; the wallet asks how it stands', async () => {
  const postern = await startTestPostern();
  const home = await mkdtemp(join(tmpdir(), 'postern-agent-'));
  after(() => rm(home, { recursive: true }));
  const door = `${postern.url}/api/mcp/acme`;
  const file = join(home, 'receipt.json');
  const cli = async (args: string[], environment = {}, fetching = fetch) => {
    const printed: string[] = [];
    const notes: string[] = [];
    const print = (line: string) => void printed.push(line);
    const note = (line: string) => void notes.push(line);
    const terminal = { environment, home, print, note, fetch: fetching, clock: systemClock, sleep };
    const code = await run(args, terminal);
    return { code, out: printed.join('\n'), notes: notes.join('\n') };
  };
  assert.equal((await cli(['wallet', 'new', '--fund', '--door', door])).code, 0);
  const words = ['call', 'create_ticket', '--subject', 'Strap', '--body', 'torn', '--receipt', file];
  const paid = await cli([...words, '--door', door, '--json-output']);
  assert.equal(paid.code, 0, paid.notes);
  const { purchaseId, receipt } = JSON.parse(paid.out);

  const offline = (() => assert.fail('nothing is fetched')) as unknown as typeof fetch;
  const judged = await cli(['receipt', 'verify', file], {}, offline);
  assert.equal(judged.code, 0, judged.notes);
  assert.match(judged.out, /create_ticket/);
  const shown = await cli(['receipt', 'show', purchaseId], { DATABASE_URL: postern.databaseUrl });
  assert.deepEqual(JSON.parse(shown.out), receipt, shown.notes);
  const none = await cli(['receipt', 'show', `pur_${'0'.repeat(24)}`], { DATABASE_URL: postern.databaseUrl });
  assert.match(none.notes, /no receipt of pur_/);

  const standing = await cli(['wallet', 'standing', '--door', door]);
  assert.equal(standing.code, 0, standing.notes);
  assert.match(standing.out, /standing +new/);
  assert.match(standing.out, /actions per day +\d+ of \d+ left/);

  // A door that hands out another's challenge gets no signature.
  const relaying: typeof fetch = async (input, init) => {
    const answer = await (await fetch(input, init)).text();
    assert.equal(new Headers(init?.headers).get('sign-in-with-x'), null);
    return new Response(answer.replaceAll(new URL(door).host, 'other.example'));
  };
  const refused = await cli(['wallet', 'standing', '--door', door], {}, relaying);
  assert.equal(refused.code, 1);
  assert.match(refused.notes, /challenge is for other\.example.*nothing was signed/);
});
