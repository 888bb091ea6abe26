/**
 * `POST /api/v1/{operation}`: one operation of the catalogue as a signed-in member, the body its arguments; and the two that
 * are none: who is signed in, and who looks at what.
 */
import type { Context, Hono } from 'hono';
import { PosternError } from '../../kernel/errors.ts';
import { isObject, type JsonObject } from '../../kernel/json.ts';
import type { Member } from '../../people/sessions.ts';
import { isSameOrigin } from '../auth/same-origin.ts';
import { jsonIn, maxBodyBytes, readBytes, refuseUnfit } from '../http-body.ts';
import { noStore, refusal, wrongMethod } from '../http-reply.ts';
import type { DeskFacePorts, Doing } from './ports.ts';

/** Which workspace a call is about. */
export const workspaceHeader = 'x-postern-workspace';

/** An attachment of 10 MB as base64, and its arguments. */
const maxUploadBytes = 14 * 1024 * 1024;
const uploads: ReadonlySet<string> = new Set(['add_attachment']);

/** Before the preflight that opens everything else to all pages: with a cookie no other page may call. */
export function mountOperations(app: Hono, ports: DeskFacePorts): void {
  const { desk, mailsLeave = true } = ports;
  app.options('/api/v1/*', () => refusal('not_permitted'));
  app.get('/api/v1/session', async (c) =>
    answer({ ...(await desk.signedInBy(c.req.raw.headers)), mailsLeave }),
  );
  app.post('/api/v1/presence', async (c) => {
    const { member, input } = await readCall(c, ports, maxBodyBytes);
    const { ticketId, doing } = input;
    if (typeof ticketId !== 'string' || !isDoing(doing))
      throw new PosternError('invalid_arguments', 'ticketId, and doing: looking, typing or left.');
    refuseUnfit(ticketId);
    await desk.tellPresence(member, ticketId, doing);
    return answer({});
  });
  app.post('/api/v1/:operation', async (c) => {
    const operation = c.req.param('operation');
    const { member, input } = await readCall(
      c,
      ports,
      uploads.has(operation) ? maxUploadBytes : maxBodyBytes,
    );
    return answer(await desk.perform(member, operation, input));
  });
  app.all('/api/v1/:operation', () => wrongMethod('POST'));
}

const isDoing = (value: unknown): value is Doing =>
  value === 'looking' || value === 'typing' || value === 'left';

async function readCall(
  c: Context,
  { desk, publicUrl }: DeskFacePorts,
  maxBytes: number,
): Promise<{ member: Member; input: JsonObject }> {
  const { headers } = c.req.raw;
  if (!isSameOrigin(headers, new URL(publicUrl).origin))
    throw new PosternError('not_permitted', 'Only a page of this server may call this.');
  const slug = headers.get(workspaceHeader);
  if (slug === null) throw new PosternError('invalid_request', `${workspaceHeader} names no workspace.`);
  // Who is nobody here is not worth the reading of a body.
  const member = await desk.memberOf(headers, slug);
  const bytes = await readBytes(c.req.raw, maxBytes);
  const input = bytes.length === 0 ? {} : jsonIn(bytes);
  if (!isObject(input)) throw new PosternError('invalid_request', 'The body must be an object.');
  return { member, input };
}

/** No header opens it to other pages. */
const answer = (body: object): Response =>
  new Response(JSON.stringify(body), { headers: { 'Content-Type': 'application/json', ...noStore } });
