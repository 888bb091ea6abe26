import assert from 'node:assert/strict';
import { test } from 'node:test';
import set from '../../test/addresses/labelled.json' with { type: 'json' };
import mail from '../../test/redaction/instructions.json' with { type: 'json' };
import { addressesIn } from './addresses.ts';

const once = (texts: readonly string[]): string[] => [...new Set(texts)].sort();

test('what a mail program, a browser or a reader takes for an address is found', () => {
  for (const [text, hosts] of set.hosts as [string, string[]][])
    assert.deepEqual(once(addressesIn(text).links.map(({ host }) => host)), hosts.toSorted(), text);
  for (const [text, mails] of set.mails as [string, string[]][])
    assert.deepEqual(once(addressesIn(text).mails), mails.toSorted(), text);
});

test('what is only written like one is seldom taken for one', (t) => {
  const wrong = set.ordinary.filter(named);
  for (const text of wrong) t.diagnostic(`taken for an address: ${JSON.stringify(text)}`);
  t.diagnostic(`${wrong.length} of ${set.ordinary.length}`);
  assert.ok(set.ordinary.length >= 200);
  assert.ok(wrong.length <= 0.04 * set.ordinary.length);
  // Written for something else, and before.
  assert.deepEqual(
    mail.ordinary.filter((text) => named(text) && !text.includes('://')),
    [],
  );
});

function named(text: string): boolean {
  const { links, mails } = addressesIn(text);
  return links.length + mails.length > 0;
}

test('of a link its port and path are kept, without what ends a sentence', () => {
  const rests = (text: string) => once(addressesIn(text).links.map(({ host, rest }) => host + rest));
  assert.deepEqual(rests('See https://Acme.example/Returns?a=B#c.'), ['acme.example/Returns?a=B#c']);
  assert.deepEqual(rests('(see http://www.acme.example/returns/), or acme.com:8443/x!'), [
    'acme.com:8443/x',
    'acme.example/returns',
  ]);
  assert.deepEqual(rests('acme.com: it is there'), ['acme.com']);
  assert.deepEqual(rests('https://bit。ly/3xYz'), ['bit.ly/3xYz']);
  assert.deepEqual(rests('t.me/acme_'), ['t.me/acme_']);
  assert.deepEqual(rests('**https://acme.example/returns**'), ['acme.example/returns']);
  assert.deepEqual(rests('acme.com/a.zip/README.md'), ['acme.com/a.zip/README.md'], 'a path names no host');
});
