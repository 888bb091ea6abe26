import { domainToASCII } from 'node:url';
import { createTransport } from 'nodemailer';
import type { MailFile } from './attachments.ts';
import { htmlOf } from './html.ts';
import {
  isAddress,
  isHeaderValue,
  MailRefused,
  type Parcel,
  type Refusal,
  recipientsOf,
  type Smtp,
} from './outbox.ts';

const connectTimeoutMs = 10_000;
const silenceTimeoutMs = 30_000;

/**
 * The SMTP port on a real server.
 * @param smtpUrl such as `smtp://127.0.0.1:2525` or `smtps://user:password@mail.example.com`.
 */
export function createSmtp(smtpUrl: string): Smtp {
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: connectTimeoutMs,
    socketTimeout: silenceTimeoutMs,
    // A mail is text from the database; nothing in it may make us read a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(mail) {
      assertSound(mail);
      const envelope = mail.envelope ?? recipientsOf(mail);
      const html = mail.rich ? htmlOf(mail.body) : undefined;
      const written = new Map(envelope.map((address) => [onTheWire(address), address]));
      try {
        const { rejectedErrors = [] } = await transport.sendMail({
          envelope: { from: mail.mailFrom, to: [...written.keys()] },
          from: plain(mail.mailFrom),
          to: plain(mail.rcptTo),
          ...(mail.cc?.length ? { cc: mail.cc.map(plain) } : {}),
          messageId: mail.messageId,
          subject: mail.subject,
          text: mail.body,
          ...(html !== undefined && { html }),
          headers: mail.headers,
          date: mail.createdAt,
          attachments: (mail.files ?? []).map(attachment),
        });
        return refusals(rejectedErrors, written);
      } catch (error) {
        const { rejectedErrors = [] } = error as { rejectedErrors?: Rejected[] };
        if (rejectedErrors.length === envelope.length) return refusals(rejectedErrors, written);
        throw isFinal(error) ? new MailRefused((error as Error).message) : error;
      }
    },
    close: async () => void transport.close(),
  };
}

/**
 * Rows are checked when written; this is for those that something else wrote. nodemailer reads even single addresses as
 * lists of them.
 */
function assertSound(mail: Parcel): void {
  for (const field of [mail.messageId, mail.subject, ...Object.values(mail.headers)])
    if (!isHeaderValue(field)) throw new MailRefused('a header would hold a line break');
  for (const address of [mail.mailFrom, ...recipientsOf(mail), ...(mail.envelope ?? [])])
    if (!isAddress(address)) throw new MailRefused('not one plain address');
  for (const { name, mediaType } of mail.files ?? [])
    if (!isHeaderValue(name) || !isHeaderValue(mediaType))
      throw new MailRefused('a header would hold a line break');
}

const plain = (address: string) => ({ name: '', address });

/** As SMTP knows a recipient, and names one that it refuses: the domain in ASCII. */
function onTheWire(address: string): string {
  const [local, domain] = address.split('@') as [string, string];
  return `${local}@${domainToASCII(domain) || domain}`;
}

/** Bytes go as they are, in base64, which a mail within a mail may not be in (RFC 2046, 5.2.1). */
const attachment = ({ name, mediaType, bytes }: MailFile) => ({
  filename: name,
  contentType: /^(message|multipart)\//i.test(mediaType) ? 'application/octet-stream' : mediaType,
  contentTransferEncoding: 'base64' as const,
  content: bytes,
});

interface Rejected {
  recipient?: string;
  message: string;
  permanent?: boolean;
}

const refusals = (errors: readonly Rejected[], written: ReadonlyMap<string, string>): Refusal[] =>
  errors.map(({ recipient = '', message, permanent }) => ({
    address: written.get(recipient) ?? recipient,
    error: message,
    final: permanent === true,
  }));

/** A 5xx to this mail's recipient or content. One to our greeting or login is about us, and may be mended. */
function isFinal(error: unknown): boolean {
  const { permanent, command } = error as { permanent?: boolean; command?: string };
  return permanent === true && (command === 'RCPT TO' || command === 'DATA');
}
