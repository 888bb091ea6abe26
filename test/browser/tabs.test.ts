/** Many tabs of one browser, which has six connections to a server in all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Request } from 'playwright-core';
import { startTestPostern } from '../postern.ts';
import { openPage, signIn, skip } from './browser.ts';
import { call, conversation, newTicket, openTicket } from './inbox.ts';

test('eight tabs share one stream: each loads, acts, and hears what moves', { skip }, async () => {
  const postern = await startTestPostern();
  const { ticketId } = await newTicket(postern, { subject: 'Seen in many tabs', name: 'Bob' });
  const first = await openPage();
  await signIn(first, postern);
  const streams = new Set<Request>();
  const context = first.page.context();
  context.on('request', (request) => {
    if (request.url().includes('/api/v1/live')) streams.add(request);
  });
  for (const end of ['requestfailed', 'requestfinished'] as const)
    context.on(end as 'requestfailed', (request) => void streams.delete(request));
  await openTicket(first, postern, ticketId);
  const tabs = [first];
  for (let i = 1; i < 8; i++) {
    const tab = { page: await context.newPage(), complaints: [] };
    await openTicket(tab, postern, ticketId);
    tabs.push(tab);
  }
  const [last, second] = [tabs.at(-1)!, tabs[1]!];
  await call(last, 'add_note', { ticketId, body: 'Written in the last tab.' });
  for (const tab of tabs) await conversation(tab).getByText('Written in the last tab.').waitFor();
  assert.equal(streams.size, 1);
  // The tab that held it goes; another takes over, and what was written in between is there.
  await first.page.close();
  await call(last, 'add_note', { ticketId, body: 'Written without the first.' });
  for (const tab of tabs.slice(1)) await conversation(tab).getByText('Written without the first.').waitFor();
  await call(second, 'add_note', { ticketId, body: 'And once more.' });
  for (const tab of tabs.slice(1)) await conversation(tab).getByText('And once more.').waitFor();
  const open = [...streams].filter((request) => !request.frame().page().isClosed());
  assert.equal(open.length, 1);
  assert.deepEqual(first.complaints, []);
});

test('a browser that is told no by the stream asks by itself what moved', { skip }, async () => {
  const postern = await startTestPostern();
  const { ticketId } = await newTicket(postern, { subject: 'No stream for this one', name: 'Bob' });
  const [refused, other] = [await openPage(), await openPage()];
  await signIn(refused, postern);
  await signIn(other, postern);
  await refused.page.clock.install();
  await refused.page.route('**/api/v1/live**', (route) => route.fulfill({ status: 429, body: '{}' }));
  const asked = refused.page.waitForResponse(/api\/v1\/live/);
  await openTicket(refused, postern, ticketId);
  await asked;
  await openTicket(other, postern, ticketId);
  await call(other, 'add_note', { ticketId, body: 'Nobody tells of this.' });
  await refused.page.clock.runFor(21_000);
  await conversation(refused).getByText('Nobody tells of this.').waitFor();
});
