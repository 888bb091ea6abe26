/** The inbox in a browser: what its tests begin with. */

import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { addUnverifiedCustomer } from '../../src/desk/customers/customers.ts';
import { openTicket as open } from '../../src/desk/tickets/tickets.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { inWorkspace } from '../../src/store/database.ts';
import type { TestPostern } from '../postern.ts';
import type { Opened } from './browser.ts';

type Db = Pick<TestPostern, 'db'>;

/** A ticket in the workspace, as a mail would make it. */
export async function newTicket(
  { db }: Db,
  {
    subject,
    body = 'The light blinks.',
    name = null,
    email = null,
  }: { subject: string; body?: string; name?: string | null; email?: string | null },
): Promise<{ ticketId: string; number: number }> {
  const { id } = await db
    .selectFrom('workspaces')
    .select('id')
    .where('slug', '=', 'acme')
    .executeTakeFirstOrThrow();
  const ticketId = randomIds('tkt');
  const now = new Date();
  const { number } = await inWorkspace(db, id, async (tx) => {
    const customerId = name || email ? randomIds('cus') : null;
    if (customerId) await addUnverifiedCustomer(tx, id, { id: customerId, name, email, now });
    return open(tx, id, {
      id: ticketId,
      messageId: randomIds('msg'),
      subject,
      body,
      customerId,
      channel: 'email',
      wallet: null,
      eventId: randomIds('evt'),
      actor: 'customer',
      now,
    });
  });
  return { ticketId, number: Number(number) };
}

/** Goes to a ticket, and waits until it is there. */
export async function openTicket(
  { page }: Opened,
  { url }: Pick<TestPostern, 'url'>,
  ticketId: string,
): Promise<void> {
  await page.goto(`${url}/app/acme/inbox?view=all&ticket=${ticketId}`);
  await page.getByRole('list', { name: 'Conversation' }).waitFor();
}

export const conversation = ({ page }: Opened) => page.getByRole('list', { name: 'Conversation' });

/** Calls an operation as who is signed in there. */
export async function call({ page }: Opened, operation: string, input: JsonObject): Promise<JsonObject> {
  const { status, body } = await page.evaluate(
    async ([name, given]) => {
      const response = await fetch(`/api/v1/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-postern-workspace': 'acme' },
        body: given!,
      });
      return { status: response.status, body: await response.json() };
    },
    [operation, JSON.stringify(input)],
  );
  if (status !== 200) throw new Error(`${operation}: ${JSON.stringify(body)}`);
  return body as JsonObject;
}

/** Waits until what is asked is so. */
export async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 30_000; !(await holds()); await setTimeout(50))
    if (Date.now() > end) assert.fail(`waited in vain: ${what}`);
}

/** Waits until the server answers a read so. */
export async function answers(
  opened: Opened,
  operation: string,
  input: JsonObject,
  wanted: JsonObject,
): Promise<void> {
  for (const end = Date.now() + 30_000; ; await setTimeout(50)) {
    const whole = await call(opened, operation, input);
    const now = Object.fromEntries(Object.keys(wanted).map((field) => [field, whole[field]]));
    if (isDeepStrictEqual(now, wanted)) return;
    if (Date.now() > end) assert.deepEqual(now, wanted);
  }
}

/** Waits until the ticket stands so on the server. */
export const becomes = (opened: Opened, ticketId: string, wanted: JsonObject): Promise<void> =>
  answers(opened, 'get_ticket', { ticketId }, wanted);

/** Pastes into what one writes in: there is no such key for a page that is tried. */
export const paste = (
  { page }: Opened,
  given: { html?: string; text?: string; file?: { name: string; type: string; base64: string } },
): Promise<void> =>
  page.evaluate(`(({ html, text, file }) => {
    const clipboardData = new DataTransfer();
    if (html) clipboardData.setData('text/html', html);
    if (text) clipboardData.setData('text/plain', text);
    if (file) {
      const bytes = Uint8Array.from(atob(file.base64), (letter) => letter.charCodeAt(0));
      clipboardData.items.add(new File([bytes], file.name, { type: file.type }));
    }
    const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
    document.querySelector('.ProseMirror').dispatchEvent(event);
  })(${JSON.stringify(given)})`);
