/** A passkey authenticator in software: ES256, attestation `none` (WebAuthn 2, 6.1 and 6.5). */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface Authenticator {
  /** What `navigator.credentials.create` would answer to these options. */
  create(options: { challenge: string; rp: { id: string } }): object;
  /** What `navigator.credentials.get` would answer. */
  get(options: { challenge: string; rpId: string }): object;
}

const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest();
const base64url = (data: Buffer | string) => Buffer.from(data).toString('base64url');

const clientData = (type: string, challenge: string, origin: string) =>
  Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));

/** CBOR of {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}. */
function coseKey(publicKey: KeyObject): Buffer {
  const { x, y } = publicKey.export({ format: 'jwk' });
  return Buffer.concat([
    Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 32]),
    Buffer.from(x!, 'base64url'),
    Buffer.from([0x22, 0x58, 32]),
    Buffer.from(y!, 'base64url'),
  ]);
}

/** CBOR of {"fmt": "none", "attStmt": {}, "authData": data}. */
function attestationOf(data: Buffer): Buffer {
  const text = (value: string) => Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)]);
  const [fmt, none, statement, authData] = ['fmt', 'none', 'attStmt', 'authData'].map(text);
  const [map, empty, bytes] = [[0xa3], [0xa0], [0x58, data.length]].map((head) => Buffer.from(head));
  return Buffer.concat([map!, fmt!, none!, statement!, empty!, authData!, bytes!, data]);
}

/** @param origin the page that asks */
export function createAuthenticator(origin: string): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const credentialId = randomBytes(16);
  const id = base64url(credentialId);
  let counter = 0;

  function authenticatorData(rpId: string, flags: number): Buffer {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(++counter);
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), count]);
  }

  const answer = (response: object) => ({
    id,
    rawId: id,
    type: 'public-key',
    clientExtensionResults: {},
    response,
  });

  return {
    create({ challenge, rp }) {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(credentialId.length);
      const data = Buffer.concat([
        authenticatorData(rp.id, 0x45),
        Buffer.alloc(16),
        length,
        credentialId,
        coseKey(publicKey),
      ]);
      return answer({
        clientDataJSON: base64url(clientData('webauthn.create', challenge, origin)),
        attestationObject: base64url(attestationOf(data)),
        transports: ['internal'],
      });
    },
    get({ challenge, rpId }) {
      const client = clientData('webauthn.get', challenge, origin);
      const data = authenticatorData(rpId, 0x05);
      const signature = sign('sha256', Buffer.concat([data, sha256(client)]), privateKey);
      return answer({
        clientDataJSON: base64url(client),
        authenticatorData: base64url(data),
        signature: base64url(signature),
      });
    },
  };
}
