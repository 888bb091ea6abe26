import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFlags, toolArguments } from './arguments.ts';

const own = { values: ['door'], switches: ['mainnet'] };

test('a command line is split into words, options and the rest', () => {
  const flags = readFlags(
    ['call', '--door', 'x', '--mainnet', 'tool', '--body=--x', '--n', '-5', '--urgent'],
    own,
  );
  assert.deepEqual(flags.words, ['call', 'tool']);
  assert.equal(flags.values.get('door'), 'x');
  assert.ok(flags.switches.has('mainnet'));
  assert.deepEqual(
    [...flags.others],
    [
      ['body', '--x'],
      ['n', '-5'],
      ['urgent', true],
    ],
  );
});

test('an option twice, without its value, or a switch with one, is a usage error', () => {
  for (const args of [['--door'], ['--door', '--mainnet'], ['--mainnet=yes'], ['--a', '1', '--a', '2']])
    assert.throws(() => readFlags(args, own), { name: 'UsageError' });
});

const schema = {
  properties: {
    subject: { type: 'string' },
    ticketId: { type: 'string' },
    limit: { type: 'integer' },
    urgent: { type: 'boolean' },
    tags: { type: 'array' },
  },
  required: ['subject'],
};
const typed = (others: [string, string | true][], json?: string) =>
  toolArguments('tool', schema, new Map(others), json);

test('arguments take the types of the schema', () => {
  const flags: [string, string | true][] = [
    ['subject', '007'],
    ['ticket-id', 'tkt_1'],
    ['limit', '3'],
    ['urgent', true],
    ['tags', '["a"]'],
  ];
  assert.deepEqual(typed(flags), { subject: '007', ticketId: 'tkt_1', limit: 3, urgent: true, tags: ['a'] });
});

test('--json gives arguments, and flags add to them', () => {
  assert.deepEqual(typed([['limit', '2']], '{"subject":"a"}'), { subject: 'a', limit: 2 });
});

test('what cannot fit is a usage error before anything is sent', () => {
  const subject: [string, string] = ['subject', 'a'];
  assert.throws(() => typed([]), { message: 'tool needs --subject' });
  assert.throws(() => typed([subject, ['colour', 'red']]), {
    message: /no argument --colour; it takes --subject/,
  });
  assert.throws(() => typed([subject, ['limit', 'many']]), { name: 'UsageError' });
  assert.throws(() => typed([subject, ['urgent', 'perhaps']]), { name: 'UsageError' });
  assert.throws(() => typed([['subject', true]]), { name: 'UsageError' });
  assert.throws(() => typed([subject], '[]'), { name: 'UsageError' });
  assert.throws(() => typed([subject, ['__proto__', 'x']]), { name: 'UsageError' });
});
