/**
 * Whether an address that sign-in ends at is on this server, as a browser reads it: resolved, and decoded once more, which
 * better-auth does of some. `/app/../..//evil.example` looks like a path of ours, and ends as `//evil.example`, which is
 * another host to whoever takes it for a path.
 * @param origin our own, such as `https://desk.example`
 */
export function leadsHere(address: string, origin: string): boolean {
  try {
    return [address, decodeURIComponent(address)].every((each) => {
      const { origin: itsOwn, pathname } = new URL(each, origin);
      return itsOwn === origin && !decodeURIComponent(pathname).replaceAll('\\', '/').includes('//');
    });
  } catch {
    return false;
  }
}
