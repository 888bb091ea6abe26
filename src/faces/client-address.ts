/** Who asks, as far as the network tells: the key that limits go by. */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Says who asks, when it is asked: a challenge never needs to know. IPv4 whole, IPv6 by its /64. */
export type Client = () => string;

/** A request as far as it tells who asks: Hono's context, or what stands for one. */
export interface Asking {
  env: unknown;
  req: { header(name: string): string | undefined };
}

/** Finds a request's client. */
export type ClientOf = (c: Asking) => Client;

/** For a request whose socket is gone, or that came by none: they all share one name. */
const unknown = 'unknown';

/**
 * The socket's address, or, where that is a proxy's that we were told of, what it says in X-Forwarded-For: from the right,
 * the first address that is no such proxy's. `Forwarded` is not read: a proxy that writes the one header passes on the
 * other as its client sent it.
 * @param trustedProxies addresses or CIDR ranges
 */
export function clientsBehind(trustedProxies: readonly string[]): ClientOf {
  const proxies = new BlockList();
  for (const range of trustedProxies) {
    const [address, prefix] = range.split('/') as [string, string | undefined];
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    proxies.addSubnet(
      address,
      prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix),
      family,
    );
  }
  const isProxy = (address: string) => proxies.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

  return (c) => () => {
    const incoming = (c.env as { incoming?: IncomingMessage } | undefined)?.incoming;
    let address = readAddress(incoming?.socket.remoteAddress ?? '');
    if (address === undefined) return unknown;
    if (trustedProxies.length > 0) {
      const hops = (c.req.header('x-forwarded-for') ?? '').split(',');
      while (isProxy(address) && hops.length > 0) {
        const hop = readAddress(hops.pop()!);
        // Whoever wrote nonsense, it was said to the last proxy, which is all that is known.
        if (hop === undefined) break;
        address = hop;
      }
    }
    return isIP(address) === 6 ? network64(address) : address;
  };
}

/** An address, without the port, brackets or zone it may come with; of an IPv4 address in IPv6 the former. */
function readAddress(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^\[([^\]]*)\](:\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(bare) === 0 ? undefined : bare;
}

/** The first four groups, which is what one customer of a provider has at least. */
function network64(address: string): string {
  // The last two groups may be written as IPv4; they are not looked at, but they are two.
  const [head, tail] = address.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0').split('::') as [string, string?];
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0');
  const groups = [...front, ...zeros, ...back].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
