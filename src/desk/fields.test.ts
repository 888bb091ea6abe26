import assert from 'node:assert/strict';
import { test } from 'node:test';
import { body, email, personName, subject } from './fields.ts';

const accepts = (field: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  field.safeParse(value).success;

test('a line holds any script and no control character', () => {
  for (const good of ['Камера не включается', 'Frühstück 🍳', '- - -', 'a'.repeat(200)])
    assert.ok(accepts(subject, good), good);
  for (const bad of [
    '',
    '   ',
    'a\nb',
    'a\r\nBcc: x@example.com',
    'a\0',
    '\x1b[2J',
    'a\x85b',
    'a\u2028b',
    '\ud800',
    'a\udc00b',
    'a'.repeat(201),
    7,
    null,
  ])
    assert.ok(!accepts(subject, bad), JSON.stringify(bad));
  assert.ok(!accepts(personName, 'Ada\r\nTo: x@example.com'));
});

test('text is kept to the letter and refuses only what cannot be stored', () => {
  const kept = '  <b>\r\n\t\x1b[31m $& \u202e DROP TABLE 🦊\n\n ';
  assert.equal(body.parse(kept), kept);
  assert.ok(accepts(body, 'x'.repeat(50_000)));
  for (const bad of ['', ' \n ', 'a\0b', 'a\ud83d', '\udd8a', 'x'.repeat(50_001)])
    assert.ok(!accepts(body, bad), JSON.stringify(bad.slice(0, 10)));
});

test('an address is one plain address', () => {
  assert.ok(accepts(email, 'ada.lovelace+desk@example.co.uk'));
  for (const bad of [
    '',
    'ada',
    'a@example.com, b@example.com',
    'a@example.com\n',
    'Ada <a@example.com>',
    'a@b\r\n.com',
  ])
    assert.ok(!accepts(email, bad), JSON.stringify(bad));
});
