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
});
