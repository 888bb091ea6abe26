/** The Big List of Naughty Strings, and what is worse, through every text field of every operation. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import type { z } from 'zod';
import { perform } from '../../src/catalogue/perform.ts';
import { parseInput } from '../../src/catalogue/registry.ts';
import { PosternError } from '../../src/kernel/errors.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { workspacesOf } from '../../src/store/database.ts';
import { agent, catalogue, desk, operator } from '../desk.ts';
import { minimalInput, textFields } from '../inputs.ts';

const listed = createRequire(import.meta.url)('big-list-of-naughty-strings') as string[];
/** What the list leaves out: what neither Postgres nor UTF-8 can hold. */
const impossible = ['a\0b', 'a\ud800b', '\udc00', 'a\ud83d'];
const naughty = [
  ...new Set([...listed, 'a\u0007b', 'a\u001b[2Jb', 'a\r\nb', 'a\u2028b', '\ufeffa', 'a\u202eb']),
];
const control = /[\p{Cc}\p{Zl}\p{Zp}]/u;

const fields = [...catalogue.values()].flatMap((operation) =>
  textFields(operation).map(([name, field]) => ({
    operation,
    name,
    field,
    label: `${operation.name}.${name}`,
  })),
);
const accepts = (field: z.ZodType, value: string) => field.safeParse(value).success;
/** A field that takes two lines is free text. */
const isFree = (field: z.ZodType) => accepts(field, 'a\nb');

test('no text field takes what cannot be stored', () => {
  assert.ok(fields.length > 15);
  for (const { field, label } of fields)
    for (const text of impossible) assert.ok(!accepts(field, text), `${label} takes ${JSON.stringify(text)}`);
});

test('free text is taken to the letter; one line is one line', () => {
  const free = fields.filter(({ field }) => isFree(field)).map(({ label }) => label);
  for (const label of ['create_ticket.body', 'send_reply.body']) assert.ok(free.includes(label), label);
  for (const { operation, name, field, label } of fields)
    for (const text of naughty) {
      const parsed = field.safeParse(text);
      if (!isFree(field)) {
        assert.ok(
          !parsed.success || !control.test(text),
          `${label} takes ${JSON.stringify(text)} for one line`,
        );
        continue;
      }
      // Nothing at all is no text, and a short field may be too short.
      if (text.trim() === '' || text.length > 500) continue;
      const whole = parseInput(operation, { ...minimalInput(operation), [name]: text });
      assert.equal(whole[name], text, label);
    }
});

test('what comes in comes out, letter for letter', async () => {
  const acme = await desk('naughty');
  const line = naughty.filter((text) => text.trim() !== '' && !control.test(text) && text.length <= 200);
  const bodies = naughty.filter((text) => text.trim() !== '');
  for (const [i, body] of bodies.entries()) {
    const subject = line[i % line.length]!;
    const { ticketId } = await acme.call(agent, 'create_ticket', { subject, body, name: subject });
    const context = await acme
      .call(operator, 'get_ticket_context', { ticketId: ticketId! })
      .catch(() => acme.call(agent, 'get_ticket_context', { ticketId: ticketId! }));
    assert.equal(context.subject, subject);
    assert.deepEqual((context.messages as JsonObject[])[0]!.body, body);
  }
});

test('no operation breaks on any of it: it answers, or says what is wrong', async () => {
  const acme = await desk('naughty-everywhere');
  const owner = { kind: 'operator', id: 'usr_owner', role: 'owner' } as const;
  const setting = { workspace: acme.workspace, caller: owner, ids: randomIds, now: new Date(0) };
  const ports = { inWorkspace: workspacesOf(acme.db) };
  // Each string somewhere, each field with many: all with all would take minutes.
  let turn = 0;
  for (const { operation, name, label } of fields)
    for (let i = 0; i < 25; i++) {
      const text = [...naughty, ...impossible][turn++ % (naughty.length + impossible.length)]!;
      const input = { ...minimalInput(operation), [name]: text };
      await perform(ports, setting, operation, input).catch((error: unknown) => {
        assert.ok(
          error instanceof PosternError && error.code !== 'internal',
          `${label} with ${JSON.stringify(text)}: ${(error as Error).stack}`,
        );
      });
    }
});
