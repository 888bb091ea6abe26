import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  createReceiptEIP712,
  hashReceiptTypedData,
  verifyReceiptSignatureEIP712,
} from '@x402/extensions/offer-receipt';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { findNetwork } from '../chains/networks.ts';
import type { JsonObject } from '../kernel/json.ts';
import { createReceipts, NotAReceipt, readReceipt, receiptDigest, type Sale } from './receipts.ts';

const account = privateKeyToAccount(generatePrivateKey());
const signer = account.address.toLowerCase();
const receipts = createReceipts(account, 'https://desk.example/');
const sale: Sale = {
  workspaceSlug: 'acme',
  operation: 'create_ticket',
  network: findNetwork('base-sepolia')!,
  payer: '0x857b06519e91e3a54538791bdbb0e22373e36b66',
  transaction: `0x${'ab'.repeat(32)}`,
  deliveredAt: new Date('2026-11-24T12:00:00.900Z'),
};
const issued = async () => JSON.parse(JSON.stringify(await receipts.issue(sale))) as JsonObject;

describe('a signed receipt', () => {
  test('says who paid where for which resource, and nothing else', async () => {
    const { payload, format } = await receipts.issue(sale);
    assert.equal(format, 'eip712');
    assert.deepEqual(payload, {
      version: 1,
      network: 'eip155:84532',
      resourceUrl: 'https://desk.example/api/x402/tools/acme/create_ticket',
      payer: sale.payer,
      issuedAt: Date.parse('2026-11-24T12:00:00Z') / 1000,
      transaction: sale.transaction,
    });
  });

  test('is hashed and signed as the published implementation does it, both ways', async () => {
    const ours = await receipts.issue(sale);
    assert.equal(receiptDigest(ours.payload), hashReceiptTypedData(ours.payload));
    const judged = await verifyReceiptSignatureEIP712(ours);
    assert.equal(judged.signer, account.address);

    const { resourceUrl, payer, network, transaction } = ours.payload;
    const input = { resourceUrl, payer, network, transaction };
    // biome-ignore lint/suspicious/noExplicitAny: the package's own loose type of a typed-data message
    const theirs = await createReceiptEIP712(input, (data) => account.signTypedData(data as any));
    assert.equal(readReceipt(JSON.parse(JSON.stringify(theirs))).signer, signer);
  });

  test('that is read back names its signer', async () => {
    assert.equal(readReceipt(await issued()).signer, signer);
  });

  // Fails without any one line of the struct in `receiptDigest`.
  test('with one field altered is no longer of that signer', async () => {
    const altered: JsonObject = {
      network: 'eip155:8453',
      resourceUrl: 'https://desk.example/api/x402/tools/acme/draft_reply',
      payer: '0x857b06519e91e3a54538791bdbb0e22373e36b67',
      issuedAt: 1_800_000_000,
      transaction: `0x${'ac'.repeat(32)}`,
    };
    for (const [field, value] of Object.entries(altered)) {
      const forged = await issued();
      (forged.payload as JsonObject)[field] = value;
      assert.notEqual(readReceipt(forged).signer, signer, field);
    }
  });

  test('that is cut, bent or of another kind is refused by name', async () => {
    const good = await issued();
    const payload = good.payload as JsonObject;
    const { transaction: _, ...cut } = payload;
    const flipped = `${String(good.signature).slice(0, -2)}1d`;
    const bad: [string, unknown, RegExp][] = [
      ['nothing', null, /not a JSON object/],
      ['a list', [], /not a JSON object/],
      ['an offer', { ...good, payload: { ...payload, scheme: 'exact' } }, /no receipt has: scheme/],
      ['a field beside', { ...good, amount: '1' }, /no receipt has: amount/],
      ['a payload cut short', { ...good, payload: cut }, /lacks transaction/],
      ['jws', { ...good, format: 'jws' }, /format/],
      ['another version', { ...good, payload: { ...payload, version: 2 } }, /version/],
      ['a time in words', { ...good, payload: { ...payload, issuedAt: '2026' } }, /issuedAt/],
      ['no payer', { ...good, payload: { ...payload, payer: 'me' } }, /payer/],
      ['no transaction', { ...good, payload: { ...payload, transaction: '' } }, /transaction/],
      ['an unknown network', { ...good, payload: { ...payload, network: 'eip155:1' } }, /network/],
      ['a v1 network', { ...good, payload: { ...payload, network: 'base' } }, /network/],
      ['no resource', { ...good, payload: { ...payload, resourceUrl: 'acme' } }, /resource/],
      ['a short signature', { ...good, signature: String(good.signature).slice(0, -2) }, /signature/],
      ['an impossible signature', { ...good, signature: flipped }, /signature/],
      ['a number for a signature', { ...good, signature: 1 }, /signature/],
    ];
    for (const [what, value, message] of bad)
      assert.throws(
        () => readReceipt(value as JsonObject),
        (error) => error instanceof NotAReceipt && message.test(error.message),
        what,
      );
  });
});
