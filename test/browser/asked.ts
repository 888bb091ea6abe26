/** What a page asks the API for. */
import type { Page, Request } from 'playwright-core';

const asking = new WeakMap<Page, Set<Request>>();

/** What a page waits for just now, from when this was first asked: before it goes anywhere, or what was asked is missed. */
export function askedBy(page: Page): ReadonlySet<Request> {
  const known = asking.get(page);
  if (known) return known;
  const asked = new Set<Request>();
  asking.set(page, asked);
  page.on('request', (request) => {
    if (/\/api\/v1\/(?!live)/.test(request.url())) asked.add(request);
  });
  for (const end of ['requestfinished', 'requestfailed'] as const)
    page.on(end as 'requestfinished', (request) => void asked.delete(request));
  return asked;
}
