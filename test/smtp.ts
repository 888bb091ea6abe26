/** A real SMTP server that keeps what it gets, and a reader of what it got that shares no code with ours. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface Received {
  from: string;
  to: string[];
  /** One character a byte. */
  raw: string;
}

export interface Receiver {
  received: Received[];
  url: string;
  /** Recipients at busy.example are put off while it holds. */
  busy: boolean;
  close(): Promise<void>;
}

/** It refuses recipients at refused.example for good, and those at busy.example for now. */
export async function receiver(options: { port?: number; utf8?: boolean } = {}): Promise<Receiver> {
  const received: Received[] = [];
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    hideSMTPUTF8: options.utf8 === false,
    logger: false,
    closeTimeout: 500,
    onRcptTo: ({ address }, _session, callback) => {
      if (/[@.]refused\.example$/.test(address))
        callback(Object.assign(new Error('no such mailbox'), { responseCode: 550 }));
      else if (address.endsWith('@busy.example') && on.busy)
        callback(Object.assign(new Error('try again later'), { responseCode: 451 }));
      else callback(null);
    },
    onData(stream, { envelope }, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const from = envelope.mailFrom ? envelope.mailFrom.address : '';
        const raw = Buffer.concat(chunks).toString('latin1');
        received.push({ from, to: envelope.rcptTo.map(({ address }) => address), raw });
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  const url = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  const on: Receiver = { received, url, busy: true, close };
  return on;
}

export interface Part {
  /** Lower-case names; folded lines joined. */
  headers: Map<string, string>;
  content: Buffer;
}

/** A mail's own headers, and its parts: one, or those of its multipart. */
export function readMail(raw: string): { headers: Map<string, string>; parts: Part[] } {
  const whole = readPart(raw);
  const boundary = /boundary="([^"]+)"/.exec(whole.headers.get('content-type') ?? '')?.[1];
  if (!boundary) return { headers: whole.headers, parts: [whole] };
  const pieces = raw.split(`\r\n--${boundary}`).slice(1, -1);
  return { headers: whole.headers, parts: pieces.map((piece) => readPart(piece.replace(/^\r\n/, ''))) };
}

function readPart(raw: string): Part {
  const end = raw.indexOf('\r\n\r\n');
  const lines = raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase();
    if (headers.has(name)) throw new Error(`two ${name} headers`);
    headers.set(name, line.slice(line.indexOf(':') + 1).trim());
  }
  const text = raw.slice(end + 4);
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase();
  const content =
    encoding === 'base64'
      ? Buffer.from(text, 'base64')
      : Buffer.from(encoding === 'quoted-printable' ? unquoted(text) : text, 'latin1');
  return { headers, content };
}

const unquoted = (text: string) =>
  text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
