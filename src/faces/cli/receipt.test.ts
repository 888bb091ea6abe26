import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createOfferEIP712, createReceiptJWS } from '@x402/extensions/offer-receipt';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { findNetwork } from '../../chains/networks.ts';
import { createReceipts } from '../../door/receipts.ts';
import { run } from './commands.ts';

const folder = await mkdtemp(join(tmpdir(), 'postern-receipt-'));
after(() => rm(folder, { recursive: true }));
const account = privateKeyToAccount(generatePrivateKey());
const forger = privateKeyToAccount(generatePrivateKey());
const origin = 'https://desk.example';
const sale = {
  workspaceSlug: 'acme',
  operation: 'create_ticket',
  network: findNetwork('base')!,
  payer: `0x${'12'.repeat(20)}`,
  transaction: `0x${'ab'.repeat(32)}`,
  deliveredAt: new Date('2026-11-24T12:00:00Z'),
};
const good = JSON.stringify(await createReceipts(account, origin).issue(sale), null, 2);

/** A machine of its own that is on no network at all. */
async function verify(text: string | Uint8Array, args: string[] = [], signers?: object) {
  const home = await mkdtemp(join(folder, 'home-'));
  const file = join(home, 'receipt.json');
  await writeFile(file, text);
  await mkdir(join(home, '.postern'));
  if (signers) await writeFile(join(home, '.postern', 'signers.json'), JSON.stringify(signers));
  const [out, notes]: string[][] = [[], []];
  const code = await run(['receipt', 'verify', file, ...args], {
    environment: {},
    home,
    print: (line) => void out!.push(line),
    note: (line) => void notes!.push(line),
    fetch: () => assert.fail('nothing is fetched'),
    clock: () => assert.fail('no time is asked for'),
    sleep: () => assert.fail('nothing waits'),
  });
  return { code, out: out!.join('\n'), notes: notes!.join('\n') };
}

const mine = ['--signer', account.address];

test('a receipt of the signer that is named, or known for its door, is told in full', async () => {
  const known = { [origin]: [account.address.toLowerCase()] };
  for (const { code, out, notes } of [await verify(good, mine), await verify(good, [], known)]) {
    assert.equal(code, 0, notes);
    assert.match(out, new RegExp(`signed by +${account.address.toLowerCase()}`));
    assert.match(out, /2026-11-24T12:00:00.000Z/);
    assert.match(out, /https:\/\/desk\.example\/api\/x402\/tools\/acme\/create_ticket/);
    assert.match(out, /base \(eip155:8453\)/);
    assert.match(out, /0xabab/);
  }
  const { out } = await verify(good, [...mine, '--json-output']);
  assert.equal(JSON.parse(out).signer, account.address.toLowerCase());
});

test('nothing vouches for a signer that is neither named nor known for that very door', async () => {
  for (const signers of [undefined, { 'https://other.example': [account.address.toLowerCase()] }]) {
    const { code, out, notes } = await verify(good, [], signers);
    assert.equal(code, 1);
    assert.equal(out, '');
    assert.match(notes, /nothing here says whose key that is; give --signer/);
  }
});

// Fails without the comparison with `trusted` in `verify`.
test('altered in any one byte, or signed by another, it is refused', async () => {
  const forged = JSON.stringify(await createReceipts(forger, origin).issue(sale));
  assert.match((await verify(forged, mine)).notes, /forged or was altered/);
  for (let at = 0; at < good.length; at += 7) {
    const byte = good.charCodeAt(at);
    const altered = good.slice(0, at) + String.fromCharCode(byte ^ 1) + good.slice(at + 1);
    const { code, out, notes } = await verify(altered, mine);
    // A changed space is no change of what is said.
    if (/\s/.test(good[at]!) && code === 0) continue;
    assert.equal(code, 1, altered);
    assert.equal(out, '');
    assert.match(notes, /forged or was altered|no receipt|not JSON/);
  }
});

test('cut short, too large, of another kind or not there, it is refused in one line', async () => {
  const offer = await createOfferEIP712(
    origin,
    { acceptIndex: 0, scheme: 'exact', network: 'eip155:8453', asset: '0x', payTo: '0x', amount: '1' },
    // biome-ignore lint/suspicious/noExplicitAny: the package's own loose type of a typed-data message
    (data) => account.signTypedData(data as any),
  );
  const jws = await createReceiptJWS(
    { resourceUrl: origin, payer: sale.payer, network: 'eip155:8453' },
    { kid: 'did:key:z', format: 'jws', algorithm: 'ES256K', sign: async () => 'AAAA' },
  );
  const bad: [string | Uint8Array, RegExp][] = [
    [good.slice(0, -20), /not JSON, or was cut short/],
    ['', /not JSON/],
    [Buffer.from([0xff, 0xfe, 0x00]), /not JSON/],
    ['"0x"', /not a JSON object/],
    [JSON.stringify(offer), /no receipt/],
    [JSON.stringify(jws), /no receipt/],
    [good.replace('"payer"', '"payer": "0x", "payer"'), /not JSON/],
    [' '.repeat(70_000), /larger than any receipt/],
  ];
  for (const [text, message] of bad) {
    const { code, notes } = await verify(text, mine);
    assert.equal(code, 1);
    assert.match(notes, message);
    assert.equal(notes.split('\n').length, 1);
  }
  assert.equal((await verify(good, ['--signer', 'me'])).code, 2);
});
