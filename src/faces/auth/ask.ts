import type { Context } from 'hono';
import { clientHeader } from '../../people/auth.ts';
import { noStore } from '../http-reply.ts';
import type { AuthFacePorts } from './ports.ts';

type Ports = Pick<AuthFacePorts, 'auth' | 'publicUrl' | 'clientOf'>;

/** Asks better-auth: with the caller's headers, and the client's address as we know it. No cache may keep the answer. */
export async function askAuth(
  c: Context,
  { auth, publicUrl, clientOf }: Ports,
  path: string,
  { method, body, headers: more = {} }: { method: string; body?: object; headers?: Record<string, string> },
): Promise<Response> {
  const headers = new Headers(c.req.raw.headers);
  // What the client says of itself there is not believed.
  headers.delete(clientHeader);
  const address = clientOf(c)().replace(/\/64$/, '');
  if (address !== 'unknown') headers.set(clientHeader, address);
  headers.delete('content-length');
  headers.delete('content-type');
  if (body) headers.set('content-type', 'application/json');
  for (const [name, value] of Object.entries(more)) headers.set(name, value);
  const url = `${publicUrl}/api/auth${path}`;
  const answer = await auth.handler(
    new Request(url, { method, headers, ...(body && { body: JSON.stringify(body) }) }),
  );
  const kept = new Headers(answer.headers);
  for (const [name, value] of Object.entries(noStore)) kept.set(name, value);
  return new Response(answer.body, { status: answer.status, headers: kept });
}
