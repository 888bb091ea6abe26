import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hono } from 'hono';
import { silent } from '../../../test/harness.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { Time } from '../../kernel/time.ts';
import { localEvents } from '../../store/events.ts';
import { problem, visibleError } from '../http-reply.ts';
import { mountLive } from './live.ts';
import type { DeskFacePorts } from './ports.ts';

/** Streams over a desk whose time passes when the test says so, and whose one member may be signed out. */
function live() {
  let signedIn = true;
  let pass = () => {};
  const time: Time = {
    now: () => 0,
    sleep: (_ms, signal) =>
      new Promise((resolve) => {
        pass = resolve;
        signal?.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
  const desk = {
    catalogue: new Map(),
    events: localEvents(),
    time,
    ending: new AbortController().signal,
    async memberOf() {
      if (!signedIn) throw new PosternError('unauthorized');
      const workspace = { id: 'wsp_1', slug: 'acme', name: 'Acme' };
      return { caller: { kind: 'operator', id: 'usr_1', role: 'viewer' }, workspace };
    },
  };
  const app = new Hono();
  mountLive(app, { desk } as unknown as DeskFacePorts);
  app.onError((error) => problem(visibleError(error, silent)));
  return {
    signOut: () => (signedIn = false),
    beat: () => pass(),
    open: () => app.request('/api/v1/live?workspace=acme'),
  };
}

const readerOf = (answer: Response) => answer.body!.pipeThrough(new TextDecoderStream()).getReader();

test('a stream of who was signed out ends with the next beat', async () => {
  const { open, beat, signOut } = live();
  const reader = readerOf(await open());
  assert.equal((await reader.read()).value, 'retry: 2000\n\n');
  beat();
  assert.equal((await reader.read()).value, ': beat\n\n');
  signOut();
  beat();
  assert.deepEqual(await reader.read(), { done: true, value: undefined });
});

test('a member has so many streams at once, and room again when one ends', async () => {
  const { open } = live();
  const answers: Response[] = [];
  for (let i = 0; i < 12; i++) answers.push(await open());
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  const refused = await open();
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get('retry-after'), '60');
  await answers[0]!.body!.cancel();
  assert.equal((await open()).status, 200);
});
