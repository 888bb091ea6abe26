/**
 * What who stole the hot key can do, tried and not claimed: burn the account's own gas money, and send payers'
 * authorizations, which move money to our payTo at our price, as they would have moved anyway.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodeFunctionData, type Hex, parseAbi } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { openPayment, transferCall } from '../authorization.ts';
import { chainRpc, signPayment, startTestPostern, termsOf } from '../postern.ts';

const postern = await startTestPostern();
after(() => postern.stop());
const ticket = { subject: 'Grip peels', body: 'On the right side.' };
const terms = await termsOf(postern.url, 'create_ticket', ticket);
const key = (await readFile(join(postern.dataFolder, 'devnet', 'hot.key'), 'utf8')).trim() as Hex;
const thief = privateKeyToAccount(key);
const loot = '0x5555555555555555555555555555555555555555';

const token = parseAbi([
  'function transfer(address to, uint256 value) returns (bool)',
  'function transferFrom(address from, address to, uint256 value) returns (bool)',
  'function approve(address spender, uint256 value) returns (bool)',
  'function mint(address to, uint256 value)',
  'function balanceOf(address account) view returns (uint256)',
  'function cancelAuthorization(address authorizer, bytes32 nonce, bytes signature)',
]);

const balanceOf = async (address: string) =>
  BigInt(
    await chainRpc<Hex>(postern, 'eth_call', [
      {
        to: terms.asset,
        data: encodeFunctionData({ abi: token, args: [address as Hex], functionName: 'balanceOf' }),
      },
      'latest',
    ]),
  );

/** What the call would do from the hot key's account. @returns the refusal, or undefined where it would pass */
async function refusal(data: Hex): Promise<string | undefined> {
  return chainRpc(postern, 'eth_call', [{ from: thief.address, to: terms.asset, data }, 'latest']).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

test('the hot key moves no payer’s money but to our payTo, at the price that was signed', async () => {
  const payer = await postern.fundedWallet();
  const [float] = await postern.db.selectFrom('workspaceFloats').select('address').execute();
  const good = openPayment(await signPayment(payer, terms)).payload;
  const bent = (change: Partial<typeof good.authorization>) =>
    transferCall({ ...good, authorization: { ...good.authorization, ...change } });
  // Signed by the thief in place of the payer, of the float and of payTo.
  const forged = async (from: string) => {
    const own = openPayment(await signPayment(thief, terms, { signed: { from: from as Hex, to: loot } }));
    return transferCall(own.payload);
  };
  const call = (functionName: 'transfer' | 'transferFrom' | 'mint', args: readonly unknown[]) =>
    encodeFunctionData({ abi: token, functionName, args } as Parameters<typeof encodeFunctionData>[0]);
  const attempts: [string, Hex][] = [
    ['the payer’s authorization, to the thief', bent({ to: loot })],
    ['the payer’s authorization, for more', bent({ value: '10000000' })],
    ['the payer’s authorization, once more', bent({ nonce: `0x${'11'.repeat(32)}` })],
    ['the payer’s authorization, for longer', bent({ validBefore: String(2n ** 60n) })],
    ['an authorization forged for the payer', await forged(payer.address)],
    ['an authorization forged for the float', await forged(float!.address)],
    ['an authorization forged for payTo', await forged(terms.payTo)],
    ['taking from the payer', call('transferFrom', [payer.address, loot, 1n])],
    ['taking from the float', call('transferFrom', [float!.address, loot, 1n])],
    ['taking from payTo', call('transferFrom', [terms.payTo, loot, 1n])],
    ['its own USDC, of which it has none', call('transfer', [loot, 1n])],
    [
      'cancelling the payer’s authorization',
      encodeFunctionData({
        abi: token,
        functionName: 'cancelAuthorization',
        args: [payer.address, good.authorization.nonce, await thief.sign({ hash: `0x${'22'.repeat(32)}` })],
      }),
    ],
  ];
  for (const [what, data] of attempts) assert.ok(await refusal(data), `${what} would pass`);
  // What is left to it is what we would do ourselves.
  assert.equal(await refusal(transferCall(good)), undefined);
  assert.equal(await balanceOf(thief.address), 0n, 'the hot key holds no USDC, ever');
});

test('the hot key is no payTo, no float and no receipt’s signer, and the house secret does not follow from it', async () => {
  const [float] = await postern.db.selectFrom('workspaceFloats').select('address').execute();
  const secret = await readFile(join(postern.dataFolder, 'secret.key'), 'utf8');
  const address = thief.address.toLowerCase();
  assert.notEqual(address, float!.address);
  assert.notEqual(address, terms.payTo.toLowerCase());
  assert.notEqual(secret.trim(), key.slice(2));
});
