/**
 * New blocks as a node announces them: `eth_subscribe` over WebSocket, at the address of its HTTP. Not every node takes
 * WebSockets there; who asks goes on polling then.
 */
import { RpcUnavailable } from './rpc.ts';

/** A block as nodes announce it, and answer when asked for one: quantities in hexadecimal. */
export interface RpcBlock {
  number: string;
  timestamp: string;
  baseFeePerGas?: string;
}

/** How long a node may take to agree. */
const agreeMs = 5_000;

/**
 * Tells of each new block until the signal aborts, and returns then.
 * @throws {RpcUnavailable} where the node announces none, or ends what it began
 */
export function followHeads(url: string, tell: (head: RpcBlock) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return resolve();
    const socket = new WebSocket(url.replace(/^http/, 'ws'));
    const end = (why?: string) => {
      clearTimeout(agreeing);
      signal.removeEventListener('abort', stop);
      socket.close();
      // A node's address often carries an API key: it appears in no message.
      if (why === undefined) resolve();
      else reject(new RpcUnavailable(`${new URL(url).host}: ${why}`));
    };
    const stop = () => end();
    const agreeing = setTimeout(() => end('no subscription in time'), agreeMs);
    signal.addEventListener('abort', stop, { once: true });
    socket.onopen = () =>
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] }));
    socket.onerror = () => end('no WebSocket');
    socket.onclose = () => end('the WebSocket was closed');
    socket.onmessage = ({ data }) => {
      const message = parse(data);
      if (message?.error) end('no subscription to new blocks');
      else if (message?.id === 1) clearTimeout(agreeing);
      else if (isBlock(message?.params?.result)) tell(message.params.result);
    };
  });
}

interface Message {
  id?: unknown;
  error?: unknown;
  params?: { result?: unknown };
}

function parse(data: unknown): Message | undefined {
  try {
    const message: unknown = JSON.parse(String(data));
    return message !== null && typeof message === 'object' ? message : undefined;
  } catch {
    return undefined;
  }
}

const isQuantity = (value: unknown) => typeof value === 'string' && /^0x[0-9a-f]{1,64}$/i.test(value);

function isBlock(value: unknown): value is RpcBlock {
  if (value === null || typeof value !== 'object') return false;
  const { number, timestamp, baseFeePerGas } = value as Record<string, unknown>;
  return isQuantity(number) && isQuantity(timestamp) && (baseFeePerGas == null || isQuantity(baseFeePerGas));
}
