/** What a payer or a stranger does to the money between verify and settle. */
import assert from 'node:assert/strict';
import type { Hex, LocalAccount } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { cancelCall, openPayment, transferCall } from '../authorization.ts';
import { callTool, chainRpc, signPayment } from '../postern.ts';
import { type Attack, type AttackStand, sealPayment } from './stand.ts';

const word = (hex: string) => hex.slice(2).toLowerCase().padStart(64, '0');

/** ERC-20 `transfer`, from the wallet itself. */
const drainCall = (to: string, value: bigint): Hex =>
  `0xa9059cbb${word(to)}${value.toString(16).padStart(64, '0')}`;

const stranger = '0x3333333333333333333333333333333333333333';

/** Pays, and puts a call of the token before ours in the block. */
async function getAhead(stand: AttackStand, wallet: LocalAccount, ahead: (payment: string) => Promise<void>) {
  const payment = await signPayment(wallet, stand.terms);
  await stand.withoutBlocks(async () => {
    assert.equal((await stand.pay(payment)).status, 202);
    await ahead(payment);
  });
  await stand.pay(payment, stand.urls[1]);
}

export const chainAttacks: Attack[] = [
  {
    name: 'the wallet is emptied between verify and settle',
    source: 'arXiv 2605.11781 (granted, then reverted: up to 100%)',
    defence:
      'nothing runs before the log pair is final; a revert is not an answer, and nothing is delivered on it',
    async run(stand) {
      const wallet = await stand.fundedWallet();
      await getAhead(stand, wallet, () => stand.outbid(drainCall(stranger, 10_000_000n), wallet.address));
      return { attempts: 2, wallets: [wallet] };
    },
  },
  {
    name: 'the authorization is cancelled between verify and settle',
    source: 'arXiv 2605.11781',
    defence: 'as above; the cancellation’s log makes the purchase void',
    async run(stand) {
      const wallet = await stand.fundedWallet();
      await getAhead(stand, wallet, async (payment) => {
        const { nonce } = openPayment(payment).payload.authorization;
        await stand.outbid(await cancelCall(wallet, stand.terms, nonce));
      });
      return { attempts: 2, wallets: [wallet] };
    },
  },
  {
    name: 'the nonce is burnt on a transfer to the payer itself',
    source: 'own review',
    defence:
      'paid is the pair AuthorizationUsed and Transfer to the frozen payTo of the exact amount, side by side',
    async run(stand) {
      const wallet = await stand.fundedWallet();
      await getAhead(stand, wallet, async (payment) => {
        const { nonce } = openPayment(payment).payload.authorization;
        const own = await signPayment(
          wallet,
          { ...stand.terms, payTo: wallet.address },
          { signed: { nonce } },
        );
        await stand.outbid(transferCall(openPayment(own).payload));
      });
      return { attempts: 2, wallets: [wallet] };
    },
  },
  {
    name: 'a stranger submits our authorization first',
    source: 'arXiv 2605.30998 (denial of settlement)',
    defence: 'the log pair pays whoever sent it; ours reverts, and the purchase is delivered once',
    async run(stand) {
      const wallet = await stand.fundedWallet();
      await getAhead(stand, wallet, (payment) => stand.outbid(transferCall(openPayment(payment).payload)));
      return { attempts: 2, wallets: [wallet] };
    },
  },
  {
    name: 'a settlement that outlasts the request, and lands later',
    source: 'seen in the reference implementation: failure is answered, and the money moves',
    defence:
      'an unknown outcome is a state: 202 with a status address, never a new 402; the repeat is answered from it',
    async run(stand) {
      const wallet = await stand.fundedWallet();
      const payment = await signPayment(wallet, stand.terms);
      await stand.withoutBlocks(async () => {
        for (const url of stand.urls) {
          const { status, headers } = await stand.pay(payment, url);
          assert.equal(status, 202);
          assert.equal(headers.get('payment-required'), null);
        }
      });
      return { attempts: 2, wallets: [wallet] };
    },
  },
  {
    name: 'twenty payments at once from a wallet that holds one',
    source: 'arXiv 2605.30998 (allowance overdraft)',
    defence: 'one purchase in flight per wallet and network, by a unique index',
    async run(stand) {
      const wallet = await stand.fundedWallet();
      await stand.outbid(drainCall(stranger, 9_980_000n), wallet.address);
      const payments = await Promise.all(Array.from({ length: 20 }, () => signPayment(wallet, stand.terms)));
      const answers = await Promise.all(payments.map((payment, i) => stand.pay(payment, stand.urls[i % 2])));
      assert.equal(answers.filter(({ status }) => status === 200).length, 1);
      return { attempts: payments.length, wallets: [wallet] };
    },
  },
  {
    name: 'fifty wallets without money make us pay for gas',
    source: 'arXiv 2607.19545 (sponsor-cost amplification)',
    defence: 'balance and nonce are read before a claim, and each transfer is simulated before it is signed',
    async run(stand) {
      const before = await stand.relayed();
      const wallets = Array.from({ length: 50 }, () => privateKeyToAccount(generatePrivateKey()));
      const answers = await Promise.all(
        wallets.map(async (wallet, i) =>
          stand.pay(await signPayment(wallet, stand.terms), stand.urls[i % 2]),
        ),
      );
      for (const { status } of answers) assert.ok(status === 402 || status === 429);
      return { attempts: wallets.length, wallets, leaked: (await stand.relayed()) - before };
    },
  },
  {
    name: 'twenty wallets pay at the same moment through one hot key',
    source: 'seen in the reference implementation: 3 to 5 of 20 succeed',
    defence: 'account nonces are ours, and what is signed is stored before it is sent',
    async run(stand) {
      const wallets: LocalAccount[] = [];
      for (let i = 0; i < 20; i++) wallets.push(await stand.fundedWallet());
      const answers = await Promise.all(
        wallets.map(async (wallet, i) =>
          stand.pay(await signPayment(wallet, stand.terms), stand.urls[i % 2]),
        ),
      );
      const bad = answers.filter(({ status }) => status !== 200 && status !== 202);
      assert.deepEqual(bad, []);
      return { attempts: wallets.length, wallets };
    },
  },
  {
    name: 'the payment is rebuilt from the settled transaction’s calldata, and sent by someone else',
    source: 'own review',
    defence: 'a repeat proves nothing about who asks: private output and purchase id are withheld from it',
    async run(stand) {
      const wallet = await stand.fundedWallet();
      const opened = await stand.pay(await signPayment(wallet, stand.terms));
      const { ticketId } = opened.body as { ticketId: string };
      const input = { ticketId };
      const read = await callTool(
        stand.url,
        'get_ticket_context',
        input,
        await signPayment(wallet, { ...stand.terms }),
      );
      assert.equal(read.status, 200, JSON.stringify(read.body));
      const rebuilt = await rebuild(stand, wallet);
      let leaked = 0;
      for (const url of stand.urls) {
        const stolen = await callTool(url, 'get_ticket_context', input, rebuilt);
        const told = JSON.stringify(stolen.body) + JSON.stringify([...stolen.headers]);
        if (/By two stops|pur_/.test(told)) leaked++;
      }
      return { attempts: 2, wallets: [], leaked };
    },
  },
];

/** The header of the wallet's newest purchase, from what the chain shows of it alone. */
async function rebuild(stand: AttackStand, wallet: LocalAccount): Promise<string> {
  const { transactionHash } = await stand.db
    .selectFrom('settlements')
    .select('transactionHash')
    .where('payer', '=', wallet.address.toLowerCase())
    .where('state', '=', 'settled')
    .orderBy('createdAt', 'desc')
    .executeTakeFirstOrThrow();
  const { input } = await chainRpc<{ input: Hex }>(stand, 'eth_getTransactionByHash', [transactionHash]);
  const words = (input.slice(10).match(/.{64}/g) ?? []).map((text) => `0x${text}` as Hex);
  const [from, to, value, validAfter, validBefore, nonce, v, r, s] = words as [Hex, ...Hex[]];
  const address = (text: Hex) => `0x${text.slice(26)}`;
  const number = (text: Hex) => BigInt(text).toString();
  return sealPayment({
    x402Version: 2,
    accepted: stand.terms,
    payload: {
      signature: `${r}${s!.slice(2)}${v!.slice(-2)}`,
      authorization: {
        from: address(from),
        to: address(to!),
        value: number(value!),
        validAfter: number(validAfter!),
        validBefore: number(validBefore!),
        nonce,
      },
    },
  });
}
