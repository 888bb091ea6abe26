/** What a server's one thread is busy with: a CPU profile taken through Node's inspector, while it is under load. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Profiler {
  /** Profiles the server while `work` runs; several profiles add up. */
  around<T>(work: () => Promise<T>): Promise<T>;
  /**
   * The functions with the most time of their own, as lines of text, with their share of the busy time. Forgets what was
   * profiled up to now.
   */
  takeTop(count: number): string[];
  stop(): void;
}

/** A node of a profile, as the DevTools protocol has it (Profiler.ProfileNode). */
interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number };
}

interface Profile {
  nodes: ProfileNode[];
  samples: number[];
  /** Microseconds between samples. */
  timeDeltas: number[];
}

/** Attaches to a process that runs with `--inspect` on this port. */
export async function attachProfiler(port: number): Promise<Profiler> {
  const targets = await fetch(`http://127.0.0.1:${port}/json/list`).then((response) => response.json());
  const { send, close } = await connect(
    (targets as { webSocketDebuggerUrl: string }[])[0]!.webSocketDebuggerUrl,
  );
  await send('Profiler.enable');
  const selfMicros = new Map<string, number>();
  return {
    async around(work) {
      await send('Profiler.start');
      try {
        return await work();
      } finally {
        const { profile } = (await send('Profiler.stop')) as { profile: Profile };
        addUp(profile, selfMicros);
      }
    },
    takeTop(count) {
      const busy = [...selfMicros].filter(([name]) => name !== '(idle)' && name !== '(root)');
      const total = busy.reduce((sum, [, micros]) => sum + micros, 0);
      selfMicros.clear();
      const most = busy.toSorted(([, a], [, b]) => b - a).slice(0, count);
      return most.map(([name, micros]) => `${((micros / total) * 100).toFixed(1).padStart(5)}%  ${name}`);
    },
    stop: close,
  };
}

function addUp({ nodes, samples, timeDeltas }: Profile, selfMicros: Map<string, number>): void {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  for (const [i, id] of samples.entries()) {
    const name = names.get(id)!;
    selfMicros.set(name, (selfMicros.get(name) ?? 0) + timeDeltas[i]!);
  }
}

/** Such as `claim src/door/claim.ts:41`; the engine's own, such as `(garbage collector)`, by its name alone. */
function nameOf({ functionName, url, lineNumber }: ProfileNode['callFrame']): string {
  const name = functionName || '(anonymous)';
  if (!url) return name;
  const file = url.startsWith('file:') ? relative(`${import.meta.dirname}/..`, fileURLToPath(url)) : url;
  return `${name} ${file}:${lineNumber + 1}`;
}

async function connect(url: string) {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const waiting = new Map<number, (result: unknown) => void>();
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (id !== undefined) waiting.get(id)?.(result);
  };
  let sent = 0;
  const send = (method: string) =>
    new Promise<unknown>((resolve) => {
      sent += 1;
      waiting.set(sent, resolve);
      socket.send(JSON.stringify({ id: sent, method }));
    });
  return { send, close: () => socket.close() };
}
