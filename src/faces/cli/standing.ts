import type { PrivateKeyAccount } from 'viem/accounts';
import { SIGN_IN_WITH_X, type SignInChallenge, signInHeader, signInMessage } from '../../door/sign-in.ts';
import type { OwnRecord, PublicRecord } from '../../door/wallets.ts';
import { doorUrl, fetchJson, readReply } from './door.ts';
import { columns, Failure, printable, type Terminal, UsageError } from './terminal.ts';

type Answer = Partial<PublicRecord> & {
  own?: OwnRecord;
  extensions?: { [SIGN_IN_WITH_X]?: SignInChallenge };
};

/**
 * How the wallet stands at a door: signs in, which costs nothing, and prints what the door tells the wallet itself.
 * @throws {UsageError} @throws {Failure}
 */
export async function showStanding(
  account: PrivateKeyAccount,
  { door: text, json }: { door: string | undefined; json: boolean },
  terminal: Terminal,
): Promise<void> {
  const door = doorUrl(text);
  const workspace = /\/api\/mcp\/([^/]+)\/?$/.exec(door.pathname)?.[1];
  if (!workspace) throw new UsageError('--door must end in /api/mcp/ and the workspace');
  const url = new URL(`/api/wallets/${account.address}?workspace=${workspace}`, door);
  const challenge = (await ask(url, {}, terminal)).extensions?.[SIGN_IN_WITH_X];
  if (!challenge) throw new Failure(`${door.origin} asks for no sign-in`, 'no_sign_in');
  const header = await sign(challenge, url, account);
  const { own, ...record } = await ask(url, { [SIGN_IN_WITH_X]: header }, terminal);
  if (!own) throw new Failure(`${door.origin} did not take the sign-in`, 'no_sign_in');
  if (json) terminal.print(JSON.stringify({ ...record, own }));
  else for (const line of describe(record, own)) terminal.print(line);
}

async function ask(url: URL, headers: Record<string, string>, terminal: Terminal): Promise<Answer> {
  const answer = await fetchJson(terminal, url, undefined, headers);
  if (answer.status === 200) return answer.body as Answer;
  throw readReply(answer).refusal ?? new Failure(`${url.origin} answered ${answer.status}`);
}

/** Signs for this very server and nothing else: a challenge that names another would sign us in there. @throws {Failure} */
async function sign(
  { info, supportedChains }: SignInChallenge,
  url: URL,
  account: PrivateKeyAccount,
): Promise<string> {
  const fields = Object.values(info ?? {});
  const oneLineEach = fields.every(
    (value) => typeof value === 'string' && printable(value) === value && !/\n/.test(value),
  );
  const ours = info?.domain === url.host && URL.canParse(info.uri) && new URL(info.uri).origin === url.origin;
  if (!ours || !oneLineEach)
    throw new Failure(
      `the door’s challenge is for ${printable(String(info?.domain))}, not for ${url.host}; nothing was signed`,
      'refused',
    );
  const chainId = supportedChains?.find(({ type }) => type === 'eip191')?.chainId;
  if (!chainId || !/^eip155:\d+$/.test(chainId))
    throw new Failure('the door takes no sign-in of this kind', 'refused');
  const message = signInMessage(info, chainId, account.address);
  return signInHeader(info, {
    chainId,
    address: account.address,
    signature: await account.signMessage({ message }),
  });
}

function describe(record: Partial<PublicRecord>, { standingByHand, caps, reasons }: OwnRecord): string[] {
  const { address, standing, purchasesDelivered, proposalsApproved, proposalsRejected, strikes } = record;
  const lines = columns(
    [
      ['wallet', String(address)],
      ['standing', `${standing}${standingByHand ? ', set by an operator' : ''}`],
      ['purchases', `${purchasesDelivered} delivered`],
      ['proposals', `${proposalsApproved} approved, ${proposalsRejected} rejected`],
      ['strikes', String(strikes)],
      ...caps.map(({ cap, of, limit, left, freesAt }): [string, string] => [
        cap.replaceAll('_', ' '),
        `${left} of ${limit} left${of === 'wallet' ? '' : ', of all new wallets together'}${freesAt ? `, until ${freesAt}` : ''}`,
      ]),
    ],
    '',
  );
  const why = reasons.map(({ at, action, reason, from, to }): [string, string] => [
    at,
    `${action}${from && to ? ` from ${from} to ${to}` : ''}: ${reason}`.replaceAll('\n', ' '),
  ]);
  return [...lines, ...(why.length > 0 ? ['', ...columns(why, '')] : [])];
}
