/**
 * x402's sign-in-with-x: a wallet proves that it is the one who asks, and pays nothing for it. The message is EIP-4361's.
 * All of it but the address is the server's: the nonce is a keyed hash over its own beginning and the time of issue, so
 * that any process knows a challenge of its house without having kept it; what is kept is which were used.
 * Plain keys only: a contract wallet's signature is the chain's to judge, and a question to a node costs more than what is
 * shown for it. Such a wallet asks with the purchase id, or its own payment-identifier.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { getAddress, type Hex, hashMessage, isAddress } from 'viem';
import { canonicalSignature, recoverSigner } from '../chains/evm/eip3009.ts';
import { findNetwork, type Network } from '../chains/networks.ts';
import { PosternError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import { type Json, type JsonObject, parseJson } from '../kernel/json.ts';
import type { Clock } from '../kernel/time.ts';

/** The extension's name, and the header that carries the proof. */
export const SIGN_IN_WITH_X = 'sign-in-with-x';

/** What is to be signed, but for the address and the chain. */
export type SignInInfo = {
  /** Host of the server, with its port. */
  domain: string;
  /** What the sign-in is for; an address on the server. */
  uri: string;
  version: '1';
  statement: string;
  nonce: string;
  /** ISO 8601. */
  issuedAt: string;
  expirationTime: string;
};

/** The challenge, as the extension has it. */
export type SignInChallenge = {
  info: SignInInfo;
  supportedChains: { chainId: string; type: 'eip191' }[];
  /** JSON Schema of the proof. */
  schema: JsonObject;
};

const text = { type: 'string' };
const schema: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    domain: text,
    address: text,
    statement: text,
    uri: { type: 'string', format: 'uri' },
    version: text,
    chainId: text,
    type: text,
    nonce: text,
    issuedAt: { type: 'string', format: 'date-time' },
    expirationTime: { type: 'string', format: 'date-time' },
    signature: text,
  },
  required: ['domain', 'address', 'uri', 'version', 'chainId', 'type', 'nonce', 'issuedAt', 'signature'],
};

export interface SignIn {
  /** A challenge for what lies at this path of the server. */
  challenge(path: string): SignInChallenge;
  /**
   * The wallet that a header proves, lower case; each proof counts once.
   * @throws {PosternError} `sign_in_refused`; `data` has the reason, and a new challenge
   */
  prove(header: string): Promise<string>;
}

export interface SignInPorts {
  /** What the outside calls this server. */
  publicUrl: string;
  /** Shared by all processes of the house, and known to nobody else. */
  key: Uint8Array;
  networks: readonly Network[];
  /** False if the nonce was used before, in whatever process. Remembered at least until the time given. */
  useOnce(nonce: string, until: Date): Promise<boolean>;
  clock: Clock;
  ids: Ids;
}

const windowMs = 5 * 60_000;
/** Clocks of two processes may differ by so much. */
const skewMs = 10_000;
/** Real ones take 0.8 KB. */
const maxHeaderChars = 4096;

const statement = 'This shows that the wallet is yours. It pays nothing and allows no payment.';

export function createSignIn(ports: SignInPorts): SignIn {
  const { origin, host: domain } = new URL(ports.publicUrl);
  const supportedChains = ports.networks.map(({ caip2 }) => ({ chainId: caip2, type: 'eip191' as const }));
  const mac = (text: string) => createHmac('sha256', ports.key).update(text).digest('hex').slice(0, 16);

  const challenge = (path: string): SignInChallenge => {
    const now = ports.clock();
    const issuedAt = new Date(now).toISOString();
    const start = mac(ports.ids('sgn'));
    const info: SignInInfo = {
      domain,
      uri: new URL(path, origin).href,
      version: '1',
      statement,
      nonce: start + mac(`${start} ${issuedAt}`),
      issuedAt,
      expirationTime: new Date(now + windowMs).toISOString(),
    };
    return { info, supportedChains, schema };
  };

  /** The message is made of our own words and of what was compared with them. @throws {Refused} */
  const check = (header: string): Proof => {
    const proof = readHeader(header);
    const { info } = proof;
    if (info.domain !== domain) throw new Refused('domain_mismatch', `it is for ${info.domain}`);
    if (!URL.canParse(info.uri) || new URL(info.uri).origin !== origin || new URL(info.uri).href !== info.uri)
      throw new Refused('uri_mismatch', 'its uri is not of this server');
    if (!supportedChains.some(({ chainId }) => chainId === proof.chainId))
      throw new Refused('unsupported_chain', 'its chain is not served here');
    const { nonce, issuedAt } = info;
    const start = nonce.slice(0, 16);
    const expected = start + mac(`${start} ${issuedAt}`);
    if (!/^[0-9a-f]{32}$/.test(nonce) || !timingSafeEqual(Buffer.from(nonce), Buffer.from(expected)))
      throw new Refused('nonce', 'its nonce is not of this server, or not of that time');
    const issued = Date.parse(issuedAt);
    if (info.expirationTime !== new Date(issued + windowMs).toISOString())
      throw new Refused('expiration_time', 'its expirationTime is not the one that was asked for');
    const now = ports.clock();
    if (issued > now + skewMs) throw new Refused('issued_at_in_future', 'it was issued in the future');
    if (now >= issued + windowMs) throw new Refused('expired', 'it has expired');
    const digest = hashMessage(signInMessage(info, proof.chainId, proof.address));
    const canonical = canonicalSignature(proof.signature);
    if (!canonical || recoverSigner(digest, canonical) !== proof.address.toLowerCase())
      throw new Refused('signature', 'the signature is not the wallet’s over this message');
    return proof;
  };

  return {
    challenge,
    async prove(header) {
      try {
        const { info, address } = check(header);
        // Last, for a proof that is refused for anything else is not used up.
        if (!(await ports.useOnce(info.nonce, new Date(Date.parse(info.expirationTime)))))
          throw new Refused('nonce', 'it was used before');
        return address.toLowerCase();
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        throw refusal(error.reason, error.message, challenge('/'));
      }
    },
  };
}

/** @throws {PosternError} `sign_in_refused`, always, for a proof that is good and of another wallet. */
export function refuseOtherWallet(signIn: SignIn): never {
  throw refusal('signature', 'it is of another wallet', signIn.challenge('/'));
}

const refusal = (reason: string, why: string, challenge: SignInChallenge) =>
  new PosternError('sign_in_refused', `The sign-in is refused: ${why}.`, {
    // The names that the published implementation has.
    reason: `invalid_siwx_${reason}`,
    extensions: { [SIGN_IN_WITH_X]: challenge },
  });

class Refused extends Error {
  readonly reason: string;
  constructor(reason: string, why: string) {
    super(why);
    this.reason = reason;
  }
}

/** EIP-4361. @param address with its EIP-55 checksum */
export const signInMessage = (info: SignInInfo, chainId: string, address: string): string =>
  [
    `${info.domain} wants you to sign in with your Ethereum account:`,
    address,
    '',
    info.statement,
    '',
    `URI: ${info.uri}`,
    `Version: ${info.version}`,
    `Chain ID: ${chainId.replace('eip155:', '')}`,
    `Nonce: ${info.nonce}`,
    `Issued At: ${info.issuedAt}`,
    `Expiration Time: ${info.expirationTime}`,
  ].join('\n');

/** The header of a signed challenge. */
export const signInHeader = (
  info: SignInInfo,
  { chainId, address, signature }: { chainId: string; address: string; signature: string },
): string =>
  Buffer.from(JSON.stringify({ ...info, address, chainId, type: 'eip191', signature })).toString('base64');

interface Proof {
  info: SignInInfo;
  chainId: string;
  /** Checksummed. */
  address: string;
  signature: Hex;
}

/** Shapes only. A field that the challenge does not have could stand unsigned beside what is signed. @throws {Refused} */
function readHeader(header: string): Proof {
  const malformed = (what: string) => new Refused('header', what);
  if (header.length > maxHeaderChars || header.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(header))
    throw malformed('the header is not base64 of at most 4 KB');
  let value: Json;
  try {
    value = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(header, 'base64')));
  } catch {
    throw malformed('the header is not JSON');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw malformed('the header is not a JSON object');
  const { address, chainId, type, signature, signatureScheme = 'eip191', ...info } = value;
  const fields = ['domain', 'uri', 'version', 'statement', 'nonce', 'issuedAt', 'expirationTime'];
  const others = Object.keys(info).filter((key) => !fields.includes(key));
  if (others.length > 0) throw malformed(`the challenge has no field ${others[0]}`);
  const missing = fields.find((field) => typeof info[field] !== 'string');
  if (missing) throw malformed(`it lacks ${missing}`);
  if (info.version !== '1' || info.statement !== statement)
    throw malformed('it does not say what the challenge said');
  if (type !== 'eip191' || signatureScheme !== 'eip191')
    throw malformed('only signatures of plain keys (eip191) are taken');
  if (typeof address !== 'string' || !isAddress(address) || getAddress(address) !== address)
    throw malformed('address must be an address with its EIP-55 checksum');
  if (typeof chainId !== 'string' || findNetwork(chainId)?.caip2 !== chainId)
    throw new Refused('unsupported_chain', 'its chain is not served here');
  if (typeof signature !== 'string' || !/^0x[0-9a-fA-F]{130}$/.test(signature))
    throw new Refused('malformed_signature', 'the signature is not 65 bytes in hexadecimal');
  if (Number.isNaN(Date.parse(String(info.issuedAt))))
    throw new Refused('issued_at', 'issuedAt is not a time');
  return { info: info as SignInInfo, chainId, address, signature: signature as Hex };
}
