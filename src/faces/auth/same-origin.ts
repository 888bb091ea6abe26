/**
 * Whether a write may come from where it comes from: a page of our own, or no browser at all. Browsers say `Origin` with
 * every write; who brings a cookie and says none is refused, for the cookie alone proves no intent.
 * @param origin our own, such as `https://desk.example`
 */
export function isSameOrigin(headers: Headers, origin: string): boolean {
  const said = headers.get('origin');
  if (said !== null) return said === origin;
  const site = headers.get('sec-fetch-site');
  return !headers.has('cookie') && (site === null || site === 'same-origin' || site === 'none');
}
