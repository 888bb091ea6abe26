import { createTransport } from 'nodemailer';
import { isAddress, isHeaderValue, MailRefused, type Smtp } from './outbox.ts';

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
      // Rows are checked when written; this is for those that something else wrote.
      for (const field of [mail.messageId, mail.subject, ...Object.values(mail.headers)])
        if (!isHeaderValue(field)) throw new MailRefused('a header would hold a line break');
      for (const address of [mail.mailFrom, mail.rcptTo])
        if (!isAddress(address)) throw new MailRefused('not one plain address');
      try {
        await transport.sendMail({
          // nodemailer reads even these as lists of addresses: hence the check above.
          envelope: { from: mail.mailFrom, to: [mail.rcptTo] },
          from: { name: '', address: mail.mailFrom },
          to: { name: '', address: mail.rcptTo },
          messageId: mail.messageId,
          subject: mail.subject,
          text: mail.body,
          headers: mail.headers,
          date: mail.createdAt,
        });
      } catch (error) {
        throw isFinal(error) ? new MailRefused((error as Error).message) : error;
      }
    },
    close: async () => void transport.close(),
  };
}

/** A 5xx to this mail's recipient or content. One to our greeting or login is about us, and may be mended. */
function isFinal(error: unknown): boolean {
  const { permanent, command } = error as { permanent?: boolean; command?: string };
  return permanent === true && (command === 'RCPT TO' || command === 'DATA');
}
