/** The way to the model's server. It is not trusted to be quick, short or what it says it is. */

/** The server did not take the request, so nothing was used. */
export class NotTaken extends Error {
  override name = 'NotTaken';
}

/** An answer as asked for has a few KB. */
const maxAnswerBytes = 256 * 1024;

/**
 * `fetch` that follows no redirect, for the key would go with it, and takes a JSON answer of a bounded size.
 * @throws {NotTaken} with words that hold nothing of request or answer
 */
export const guardedFetch: typeof fetch = async (input, init) => {
  const answer = await fetch(input, { ...init, redirect: 'manual' }).catch((error) => {
    if (init?.signal?.aborted) throw error;
    throw new NotTaken('it cannot be reached');
  });
  if (answer.status !== 200) {
    await answer.body?.cancel().catch(() => {});
    throw new NotTaken(`it answered HTTP ${answer.status}`);
  }
  if (!/^application\/([\w.-]+\+)?json\b/i.test(answer.headers.get('content-type') ?? ''))
    throw new Error('not JSON');
  const body = await readBounded(answer);
  return new Response(body, { status: 200, headers: { 'content-type': 'application/json' } });
};

async function readBounded(answer: Response): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of answer.body ?? []) {
    size += piece.byteLength;
    // Leaving the loop cancels the rest.
    if (size > maxAnswerBytes) throw new Error('too long');
    pieces.push(piece);
  }
  return new Uint8Array(Buffer.concat(pieces));
}
