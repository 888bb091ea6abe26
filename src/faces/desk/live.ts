/**
 * `GET /api/v1/live`: what moves in a workspace, as server-sent events, and `POST /api/v1/presence`: who looks at or types
 * in which ticket. Both are hints: a browser that hears one asks for what it shows.
 */
import type { Context, Hono } from 'hono';
import { PosternError } from '../../kernel/errors.ts';
import { noStore } from '../http-reply.ts';
import type { DeskFacePorts } from './ports.ts';

/** Streams that one member may hold open: the tabs of a browser share one. Beyond that they are told, and ask now and then. */
const maxStreams = 12;
/** A stream says something this often, so that proxies keep it; and asks as often whether the session still holds. */
const beatMs = 20_000;
/** What a slow reader may leave unread before its stream is ended; it asks again then, and misses nothing. */
const maxUnread = 1_000;

const headers = { 'Content-Type': 'text/event-stream', ...noStore, 'X-Accel-Buffering': 'no' };

export function mountLive(app: Hono, ports: DeskFacePorts): void {
  const open = new Map<string, number>();
  app.get('/api/v1/live', async (c) => {
    const slug = c.req.query('workspace') ?? '';
    const member = await ports.desk.memberOf(c.req.raw.headers, slug);
    const { id } = member.caller;
    const streams = open.get(id) ?? 0;
    if (streams >= maxStreams)
      throw new PosternError('rate_limited', `You have ${maxStreams} open already.`, {
        retryAfterSeconds: 60,
      });
    open.set(id, streams + 1);
    const done = () => {
      const left = (open.get(id) ?? 1) - 1;
      if (left === 0) open.delete(id);
      else open.set(id, left);
    };
    return new Response(stream(c, ports, { slug, workspaceId: member.workspace.id, memberId: id, done }), {
      headers,
    });
  });
}

interface Listener {
  slug: string;
  workspaceId: string;
  memberId: string;
  /** Called once, when the stream is over. */
  done(): void;
}

function stream(
  c: Context,
  { desk: { events, time, memberOf, ending } }: DeskFacePorts,
  { slug, workspaceId, memberId, done }: Listener,
): ReadableStream<Uint8Array> {
  const utf8 = new TextEncoder();
  const over = new AbortController();
  const end = () => over.abort('over');
  const { signal } = over;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const say = (text: string) => {
          if (signal.aborted) return;
          if ((controller.desiredSize ?? 0) <= 0) return end();
          controller.enqueue(utf8.encode(text));
        };
        const tell = (event: string) => (key: string) => {
          if (key.startsWith(`${workspaceId}/`))
            say(`event: ${event}\ndata: ${key.slice(workspaceId.length + 1)}\n\n`);
        };
        const offs = [
          events.on('ticket.changed', tell('ticket')),
          events.on('ticket.presence', tell('presence')),
          events.on('member.removed', (key) => {
            if (key === `${workspaceId}/${memberId}`) end();
          }),
        ];
        signal.addEventListener('abort', () => {
          for (const off of offs) off();
          done();
          // What its reader gave up is closed already.
          if (signal.reason !== 'given up') controller.close();
        });
        for (const other of [ending, c.req.raw.signal])
          if (other.aborted) end();
          else other.addEventListener('abort', end, { once: true, signal });
        say('retry: 2000\n\n');
        void beat(say);
      },
      cancel: () => over.abort('given up'),
    },
    { highWaterMark: maxUnread },
  );

  async function beat(say: (text: string) => void): Promise<void> {
    for (;;) {
      await time.sleep(beatMs, signal);
      if (signal.aborted) return;
      // Whoever was signed out hears no more, nor who was removed while nobody heard the hint.
      const still = await memberOf(c.req.raw.headers, slug).then(
        () => true,
        () => false,
      );
      if (!still) return end();
      say(': beat\n\n');
    }
  }
}
