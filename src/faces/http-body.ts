import { PosternError } from '../kernel/errors.ts';
import { type Json, JsonError, parseJson } from '../kernel/json.ts';

/** Bytes of a body. A ticket's text is at most 50,000 characters, and JSON may spell each in six (`\u4e2d`). */
export const maxBodyBytes = 384 * 1024;

/**
 * The body as JSON, whatever its content type says: paying clients lose that header on their second try.
 * @throws {PosternError} `body_too_large`, `parse_error`
 */
export const readJson = async (request: Request): Promise<Json> => jsonIn(await readBytes(request));

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A whole body as JSON. @throws {PosternError} `parse_error` */
export function jsonIn(bytes: Uint8Array): Json {
  try {
    return parseJson(utf8.decode(bytes));
  } catch (error) {
    const why = error instanceof JsonError ? error.message : 'not UTF-8';
    throw new PosternError('parse_error', `The body cannot be read: ${why}.`);
  }
}

/**
 * Refuses what Postgres cannot hold, wherever in a value it is: U+0000, and half of a surrogate pair. For what is handed on
 * without a schema of our own. @throws {PosternError} `invalid_request`
 */
export function refuseUnfit(value: Json): void {
  if (typeof value === 'string') {
    if (value.includes('\0') || !value.isWellFormed())
      throw new PosternError('invalid_request', 'Text must be well-formed, and without U+0000.');
  } else if (value !== null && typeof value === 'object')
    for (const each of Array.isArray(value) ? value : Object.entries(value).flat()) refuseUnfit(each);
}

/**
 * The whole body. Node holds it to the length it declares; one that declares none is counted as it comes, and left at the
 * limit. @throws {PosternError} `body_too_large`, `invalid_request`
 */
export async function readBytes(request: Request, maxBytes = maxBodyBytes): Promise<Uint8Array> {
  const declared = request.headers.get('content-length');
  if (declared !== null && Number(declared) > maxBytes) throw tooLarge(maxBytes);
  try {
    return declared === null
      ? await readCounted(request, maxBytes)
      : new Uint8Array(await request.arrayBuffer());
  } catch (error) {
    if (error instanceof PosternError) throw error;
    throw new PosternError('invalid_request', 'The body did not arrive whole.');
  }
}

const tooLarge = (maxBytes: number) =>
  new PosternError('body_too_large', `The body is larger than ${maxBytes / 1024} KB.`);

async function readCounted(request: Request, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
