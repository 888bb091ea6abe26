/**
 * Reads the mails that the catch-all keeps: our own, a plain text and files. Not for mail from outside; that is
 * mailparser's work.
 */
export interface Eml {
  to: string;
  cc: string;
  from: string;
  subject: string;
  date: string;
  body: string;
  /** Names of its files. */
  files: string[];
}

/** @param raw the file's bytes as latin1, one character a byte. */
export function readEml(raw: string): Eml {
  const whole = readPart(raw);
  const { field } = whole;
  // The same text once more as a page is no file.
  const [text, ...files] = partsOf(whole).filter(
    (part, at) =>
      at === 0 || !/^text\/html/i.test(part.field('content-type')) || nameOf(part.field('content-type')),
  );
  return {
    to: field('to'),
    cc: field('cc'),
    from: field('from'),
    subject: field('subject'),
    date: field('date'),
    body: text ? decodeBody(text.body, text.field('content-transfer-encoding').toLowerCase()) : '',
    files: files.map((file) => nameOf(file.field('content-type'))),
  };
}

/** Those that hold none themselves. */
function partsOf(part: Part): Part[] {
  const boundary = /^multipart\/.*boundary="([^"]+)"/is.exec(part.field('content-type'))?.[1];
  if (boundary === undefined) return [part];
  return part.body
    .split(new RegExp(`(?:^|\\r?\\n)--${boundary.replace(/[^\w]/g, '\\$&')}(?:--)?(?:\\r?\\n|$)`))
    .slice(1, -1)
    .flatMap((inner) => partsOf(readPart(inner)));
}

interface Part {
  /** Empty where there is none. */
  field(name: string): string;
  body: string;
}

function readPart(raw: string): Part {
  const end = raw.search(/\r?\n\r?\n/);
  const head = end < 0 ? raw : raw.slice(0, end);
  const fields = new Map<string, string>();
  for (const field of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = field.indexOf(':');
    if (colon > 0) fields.set(field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim());
  }
  const body = end < 0 ? '' : raw.slice(end).replace(/^\r?\n\r?\n/, '');
  return { field: (name) => decodeWords(fields.get(name) ?? ''), body };
}

/** The file's name, which ends its content type. */
const nameOf = (type: string): string => {
  const name = /;\s*name=(.*)$/.exec(type)?.[1] ?? '';
  return /^".*"$/.test(name) ? name.slice(1, -1).replace(/\\(.)/g, '$1') : name;
};

const bytesOf = (hex: string) => Buffer.from(hex, 'latin1');

const unquote = (text: string) =>
  text.replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

function decodeBody(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding === 'quoted-printable') return bytesOf(unquote(body.replace(/=\r?\n/g, ''))).toString('utf8');
  return bytesOf(body).toString('utf8');
}

/** Encoded words (RFC 2047), in UTF-8 as ours are; white space between two of them is not text. */
function decodeWords(value: string): string {
  return value
    .replace(/(\?=)\s+(=\?)/g, '$1$2')
    .replace(/(?:=\?utf-8\?[bq]\?[^?\s]*\?=)+/gi, (words) =>
      Buffer.concat(
        [...words.matchAll(/=\?utf-8\?([bq])\?([^?\s]*)\?=/gi)].map(([, kind, data]) =>
          kind!.toLowerCase() === 'b'
            ? Buffer.from(data!, 'base64')
            : bytesOf(unquote(data!.replaceAll('_', ' '))),
        ),
      ).toString('utf8'),
    );
}
