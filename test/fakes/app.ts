import { pino } from 'pino';
import { clientsBehind } from '../../src/faces/client-address.ts';
import { type AppPorts, createFace } from '../../src/faces/http.ts';
import { createLimits, type LimitSettings } from '../../src/faces/limits.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import { type FakeDoor, fakeDoor } from './door.ts';

export const publicUrl = 'http://localhost:4020';

/** Bounds that no test meets that is not about them. */
export const unlimited: LimitSettings = {
  reads: 1e9,
  workspaceReads: 1e9,
  failedPayments: 1e8,
  workspaceFailedPayments: 1e9,
  credentialRequests: 1e9,
};

const silentLog = pino({ level: 'silent' });

/** The HTTP face over a fake door; `logged` collects the log's lines. */
export function fakeApp(ports: Partial<AppPorts> = {}) {
  const logged: string[] = [];
  const door: FakeDoor = fakeDoor();
  const { app, shortcut } = createFace({
    door,
    publicUrl,
    allowedHosts: ['localhost', '127.0.0.1'],
    listWorkspaces: async () => ['acme'],
    limits: createLimits({ settings: unlimited, ids: randomIds, log: silentLog }),
    clientOf: clientsBehind([]),
    log: pino({}, { write: (line: string) => void logged.push(line) }),
    ...ports,
  });
  return { app, shortcut, door, logged };
}

export type FakeApp = ReturnType<typeof fakeApp>;

/** A response whose JSON is read without types: what it holds is what a test asks. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Answered = Omit<Response, 'json'> & { json(): Promise<any> };

type App = Pick<FakeApp, 'app'>;

/** A request without a body, GET unless `init` says otherwise. */
export const get = async ({ app }: App, path: string, init: RequestInit = {}): Promise<Answered> =>
  await app.request(path, init);

/** POSTs text or what is to become JSON. */
export const post = (
  fake: App,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answered> =>
  get(fake, path, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
