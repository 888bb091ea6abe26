import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  createSIWxMessage,
  createSIWxPayload,
  encodeSIWxHeader,
  parseSIWxHeader,
  validateSIWxMessage,
  verifySIWxSignature,
} from '@x402/extensions/sign-in-with-x';
import type { LocalAccount } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { testDatabase } from '../../test/harness.ts';
import { findNetwork } from '../chains/networks.ts';
import { PosternError } from '../kernel/errors.ts';
import { randomIds } from '../kernel/ids.ts';
import {
  createSignIn,
  type SignInChallenge,
  type SignInPorts,
  signInHeader,
  signInMessage,
} from './sign-in.ts';
import { usedNonces } from './used-nonces.ts';

const db = await testDatabase();
const publicUrl = 'https://desk.example';
const wallet = privateKeyToAccount(generatePrivateKey());
const other = privateKeyToAccount(generatePrivateKey());
const key = Buffer.alloc(32, 7);

function server(change: Partial<SignInPorts> = {}) {
  let now = Date.now();
  const signIn = createSignIn({
    publicUrl,
    key,
    networks: [findNetwork('base-sepolia')!, findNetwork('sei-testnet')!],
    useOnce: usedNonces(db),
    clock: () => now,
    ids: randomIds,
    ...change,
  });
  const pass = (ms: number) => {
    now += ms;
  };
  return { ...signIn, pass };
}

/** What a client sends, with fields bent before or after it is signed. */
async function proof(
  { info, supportedChains }: SignInChallenge,
  { by = wallet, signed = {}, sent = {} }: { by?: LocalAccount; signed?: object; sent?: object } = {},
) {
  const { chainId = supportedChains[0]!.chainId, ...said } = { ...info, ...signed } as typeof info & {
    chainId?: string;
  };
  const signature = await by.signMessage({ message: signInMessage(said, chainId, by.address) });
  const header = signInHeader(said, { chainId, address: by.address, signature });
  const value = { ...JSON.parse(Buffer.from(header, 'base64').toString()), ...sent };
  return Buffer.from(JSON.stringify(value)).toString('base64');
}

const refused = (reason: string) => (error: unknown) =>
  error instanceof PosternError &&
  error.code === 'sign_in_refused' &&
  error.data?.reason === `invalid_siwx_${reason}`;

describe('sign-in-with-x', () => {
  test('proves the wallet that signed, and counts once, whichever process is asked', async () => {
    const { challenge, prove } = server();
    const header = await proof(challenge('/api/wallets/0x1'));
    assert.equal(await prove(header), wallet.address.toLowerCase());
    // Fails without `on conflict do nothing returning` in `usedNonces`.
    await assert.rejects(prove(header), refused('nonce'));
    await assert.rejects(server().prove(header), refused('nonce'));
  });

  test('of twenty at once over two processes one counts', async () => {
    const servers = [server(), server()];
    const header = await proof(servers[0]!.challenge('/'));
    const all = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => servers[i % 2]!.prove(header)));
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  test('is what the published client signs, and its server takes', async () => {
    const { challenge, prove } = server();
    const { info, supportedChains } = challenge('/api/wallets/0x1?workspace=acme');
    const asked = { ...info, ...supportedChains[1]! };
    assert.equal(
      signInMessage(info, asked.chainId, wallet.address),
      createSIWxMessage(asked, wallet.address),
    );
    const theirs = encodeSIWxHeader(await createSIWxPayload(asked, wallet, `${publicUrl}/elsewhere`));
    assert.equal(await prove(theirs), wallet.address.toLowerCase());

    const ours = parseSIWxHeader(await proof(challenge('/')));
    assert.deepEqual(await validateSIWxMessage(ours, new URL(publicUrl)), { isValid: true });
    assert.equal((await verifySIWxSignature(ours)).isValid, true);
  });

  test('ends after five minutes, and does not begin before it was asked for', async () => {
    const { challenge, prove, pass } = server();
    const [early, late] = [challenge('/'), challenge('/')];
    pass(5 * 60_000 - 1);
    assert.ok(await prove(await proof(early)));
    pass(1);
    await assert.rejects(prove(await proof(late)), refused('expired'));
    const ahead = server();
    ahead.pass(60_000);
    await assert.rejects(server().prove(await proof(ahead.challenge('/'))), refused('issued_at_in_future'));
  });

  test('bent in any field is refused by the name x402 has for it, and is not used up', async () => {
    const { challenge, prove } = server();
    const elsewhere = server({ publicUrl: 'https://other.example' });
    const stranger = server({ key: Buffer.alloc(32, 8) });
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const asked = challenge('/');
    const bent: [string, string, string][] = [
      ['another server’s challenge', await proof(elsewhere.challenge('/')), 'domain_mismatch'],
      [
        'our domain, another uri',
        await proof(asked, { signed: { uri: 'https://other.example/' } }),
        'uri_mismatch',
      ],
      [
        'a uri with a line in it',
        await proof(asked, { signed: { uri: `${publicUrl}/\nNonce: 1` } }),
        'uri_mismatch',
      ],
      ['no uri', await proof(asked, { signed: { uri: 'desk' } }), 'uri_mismatch'],
      ['another house’s nonce', await proof(stranger.challenge('/')), 'nonce'],
      ['a nonce of one’s own', await proof(asked, { signed: { nonce: 'ab'.repeat(16) } }), 'nonce'],
      [
        'a nonce in capitals',
        await proof(asked, { signed: { nonce: asked.info.nonce.toUpperCase() } }),
        'nonce',
      ],
      ['letters of two bytes', await proof(asked, { signed: { nonce: 'é'.repeat(32) } }), 'nonce'],
      ['a later issue', await proof(asked, { signed: { issuedAt: later } }), 'nonce'],
      ['a longer life', await proof(asked, { signed: { expirationTime: later } }), 'expiration_time'],
      ['a chain not served', await proof(asked, { signed: { chainId: 'eip155:8453' } }), 'unsupported_chain'],
      ['a chain not known', await proof(asked, { signed: { chainId: 'solana:1' } }), 'unsupported_chain'],
      [
        'a chain by its v1 name',
        await proof(asked, { signed: { chainId: 'base-sepolia' } }),
        'unsupported_chain',
      ],
      ['another statement', await proof(asked, { signed: { statement: 'Give me all.' } }), 'header'],
      ['a field beside', await proof(asked, { sent: { resources: [] } }), 'header'],
      ['a contract wallet', await proof(asked, { sent: { signatureScheme: 'eip1271' } }), 'header'],
      [
        'an address without checksum',
        await proof(asked, { sent: { address: wallet.address.toLowerCase() } }),
        'header',
      ],
      ['another wallet named', await proof(asked, { sent: { address: other.address } }), 'signature'],
      ['another chain named', await proof(asked, { sent: { chainId: 'eip155:1328' } }), 'signature'],
      ['a short signature', await proof(asked, { sent: { signature: '0x12' } }), 'malformed_signature'],
      [
        'a signature of nothing',
        await proof(asked, { sent: { signature: `0x${'00'.repeat(65)}` } }),
        'signature',
      ],
      ['no time', await proof(asked, { sent: { issuedAt: 'soon' } }), 'issued_at'],
      ['a list', Buffer.from('[]').toString('base64'), 'header'],
      ['no JSON', Buffer.from('hello!').toString('base64'), 'header'],
      ['no base64', 'é', 'header'],
      ['too long', 'A'.repeat(5000), 'header'],
    ];
    for (const [what, header, reason] of bent) await assert.rejects(prove(header), refused(reason), what);
    assert.ok(await prove(await proof(asked)));
  });

  test('a refusal carries a challenge that can be signed', async () => {
    const { prove } = server();
    const error: PosternError = await prove('x').then(
      () => assert.fail(),
      (thrown) => thrown,
    );
    const { 'sign-in-with-x': fresh } = error.data!.extensions as { 'sign-in-with-x': SignInChallenge };
    assert.ok(await prove(await proof(fresh)));
  });

  test('used ones are forgotten an hour after their end', async () => {
    const useOnce = usedNonces(db);
    await useOnce('long gone', new Date(Date.now() - 3_700_000));
    await useOnce('just gone', new Date(Date.now() - 60_000));
    assert.equal(await useOnce('new', new Date()), true);
    const rows = await db.selectFrom('signInNonces').select('nonce').execute();
    const kept = rows.map(({ nonce }) => nonce);
    assert.ok(!kept.includes('long gone') && kept.includes('just gone'), String(kept));
  });
});
