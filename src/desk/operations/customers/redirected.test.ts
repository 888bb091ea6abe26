/** Whoever changes where a customer's mail goes is written down, and what they changed it to is not: that log is kept for good. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customerIdOf, desk, operator, refused, writeIn } from '../../../../test/desk.ts';
import { holding } from '../../../../test/holding.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import { auditTrail } from '../../../store/audit.ts';

const admin: Caller = { kind: 'operator', id: 'usr_admin', role: 'admin' };

test('who redirects a customer’s mail is in the audit log, and the addresses are not', async () => {
  const acme = await desk('redirected');
  const to = 'ada@before.example';
  const { ticketId } = await acme.call(operator, 'start_conversation', { to, subject: 'x', body: 'y' });
  const customerId = await customerIdOf(acme, ticketId);
  const trail = async (subject: string) => {
    const rows = await acme.within(admin, ({ tx, workspace }) =>
      auditTrail(tx, workspace.id, { subject, limit: 9 }),
    );
    return rows.map(({ actor, action, details }) => [actor, action, (details as { what: string }).what]);
  };
  const address = 'evil@after.example';
  await acme.call(operator, 'add_customer_address', { customerId, address });
  await acme.call(operator, 'add_customer_address', { customerId, address: 'EVIL@after.example' });
  await acme.call(operator, 'update_customer', { customerId, email: address });
  await acme.call(operator, 'update_customer', { customerId, email: address, name: 'Ada' });
  await assert.rejects(
    acme.call(operator, 'remove_customer_address', { customerId, address }),
    refused('conflict'),
  );
  await acme.call(operator, 'remove_customer_address', { customerId, address: to });
  const did = ['operator:usr_test', 'customer.changed'];
  assert.deepEqual(await trail(customerId), [
    [...did, 'address removed'],
    [...did, 'mail goes to another address'],
    [...did, 'address added'],
  ]);
  assert.deepEqual(
    (await holding(acme.db, ['before.example', 'after.example'])).filter((at) => at.startsWith('audit_log')),
    [],
  );

  const nobody = await customerIdOf(
    acme,
    (await writeIn(acme, { email: 'claimed@before.example' })).ticketId,
  );
  await acme.call(operator, 'add_customer_address', { customerId: nobody, address: 'true@after.example' });
  assert.deepEqual(await trail(nobody), [
    [...did, 'mail goes to another address'],
    [...did, 'address added'],
  ]);
});
