/** The server's operations, called as the member who is signed in. */
import type { Operations } from './operations.gen.ts';
import { found } from './reach.ts';

export type OperationName = keyof Operations;
export type InputOf<N extends OperationName> = Operations[N]['input'];
export type OutputOf<N extends OperationName> = Operations[N]['output'];

/** What the server refused with (RFC 9457). `code` is a row of the error table; `offline` where it was not reached. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  readonly data: Record<string, unknown>;

  constructor(code: string, status: number, message: string, data: Record<string, unknown> = {}) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.status = status;
    this.data = data;
  }
}

/** Runs one operation in a workspace. @throws {Refusal} */
export const call = <N extends OperationName>(
  workspace: string,
  operation: N,
  input: InputOf<N>,
  signal?: AbortSignal,
): Promise<OutputOf<N>> => post(`/api/v1/${operation}`, workspace, input, signal) as Promise<OutputOf<N>>;

/** Who is signed in, and where they work. */
export interface Session {
  user: { id: string; name: string; email: string };
  workspaces: { id: string; slug: string; name: string; role: Role }[];
  /** Whether mails leave the house: without an SMTP server they are kept there. */
  mailsLeave: boolean;
}
export type Role = 'viewer' | 'operator' | 'admin' | 'owner';

/** @throws {Refusal} `unauthorized` where nobody is */
export const readSession = (): Promise<Session> => send('/api/v1/session', {}) as Promise<Session>;

/** Says that the member looks at or types in a ticket. A hint: whether it arrives does not matter. */
export const tellPresence = (workspace: string, ticketId: string, doing: 'looking' | 'typing' | 'left') =>
  post('/api/v1/presence', workspace, { ticketId, doing }).catch(() => undefined);

export const signOut = (): Promise<unknown> => post('/api/auth/sign-out', undefined, {});

/** Asks what is no operation: of one's own account. @throws {Refusal} */
export const ask = (path: string): Promise<unknown> => send(path, {});

/** Changes it. @throws {Refusal} */
export const tell = (path: string, body: object): Promise<unknown> => post(path, undefined, body);

const post = (path: string, workspace: string | undefined, input: unknown, signal?: AbortSignal) =>
  send(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(workspace && { 'x-postern-workspace': workspace }) },
    body: JSON.stringify(input),
    ...(signal && { signal }),
  });

async function send(path: string, init: RequestInit): Promise<unknown> {
  let response: Response;
  try {
    // A refusal is an answer, and no fault for the console: it comes in the body, and its status beside it.
    response = await fetch(path, { ...init, headers: { ...init.headers, 'x-postern-refusals': 'in-body' } });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    found('offline');
    throw new Refusal('offline', 0, 'The server cannot be reached.');
  }
  const body: unknown = await response.json().catch(() => undefined);
  const status = Number(response.headers.get('x-postern-status') ?? response.status);
  // What stands before the server answers for it while it is away. Of one's account, a wrong password is refused with 401, too.
  const isAway = status >= 502 && body === undefined;
  if (path.startsWith('/api/v1/')) found(isAway ? 'offline' : status === 401 ? 'signedOut' : 'there');
  if (status < 400) return body;
  const { code = 'internal', detail, message, ...data } = (body ?? {}) as Record<string, string>;
  throw new Refusal(code, status, detail ?? message ?? response.statusText, data);
}
