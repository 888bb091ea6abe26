/** What customers, agents and colleagues may write, in a real browser: it is shown, and none of it runs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/kernel/json.ts';
import { startTestPostern } from '../postern.ts';
import { openPage, shoot, signIn, skip } from './browser.ts';
import { call, conversation, newTicket, openTicket } from './inbox.ts';

const postern = skip ? undefined : await startTestPostern();

/** Each would, if it ran, set a marker, open a dialog, or ask for something. */
const payloads = [
  '<script>window.pwned=1</script>',
  '<img src=x onerror=window.pwned=1>',
  '<svg/onload=window.pwned=1>',
  '<svg><script>window.pwned=1</script></svg>',
  '"><img src="https://evil.example/a.png" onload=alert(1)>',
  '<iframe src="javascript:parent.pwned=1"></iframe>',
  '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>',
  '<a href="javascript:window.pwned=1">click</a>',
  'javascript:window.pwned=1',
  '[click](javascript:window.pwned=1)',
  '![x](https://evil.example/b.png)',
  '<details open ontoggle=window.pwned=1>',
  '<input autofocus onfocus=window.pwned=1>',
  '<math><mtext><table><mglyph><style><img src=x onerror=window.pwned=1>',
  '<noscript><p title="</noscript><img src=x onerror=window.pwned=1>">',
  '<style>@import "https://evil.example/c.css";</style>',
  '<link rel=stylesheet href="https://evil.example/d.css">',
  '<base href="https://evil.example/">',
  '<meta http-equiv=refresh content="0;url=https://evil.example/">',
  '<form action="https://evil.example/"><button>Sign in again</button></form>',
  '<object data="data:text/html,<script>parent.pwned=1</script>"></object>',
  '{{constructor.constructor("window.pwned=1")()}}',
  '$' + '{window.pwned=1}',
  '</script><script>window.pwned=1</script>',
  "';window.pwned=1;//",
  'https://bank.example@evil.example/login',
  'https://evil.example/"onmouseover="window.pwned=1',
  '\u202e<script>window.pwned=1</script>',
] as const;

test('none of what is written in a ticket runs, loads or leads elsewhere', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  const asked: string[] = [];
  const dialogs: string[] = [];
  page.on('request', (request) => {
    const { origin } = new URL(request.url());
    if (origin !== new URL(postern!.url).origin && origin !== 'null') asked.push(request.url());
  });
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await signIn(opened, postern!);
  const line = (payload: string) => payload.replace(/[\p{Cc}]/gu, '').slice(0, 190);
  const whole = payloads.join('\n');
  for (const payload of payloads)
    await newTicket(postern!, { subject: line(payload), body: payload, name: line(payload), email: null });
  const { ticketId } = await newTicket(postern!, {
    subject: line(payloads[1]),
    body: whole,
    name: payloads[1],
    email: 'eve@example.com',
  });
  const issue = await call(opened, 'create_issue', { title: payloads[2], body: whole });
  await call(opened, 'link_issue', { ticketId, issueId: issue.issueId! });
  await call(opened, 'add_note', { ticketId, body: whole });
  await call(opened, 'create_view', { name: payloads[4], query: 'status:open', shared: true });
  await call(opened, 'create_saved_reply', { name: payloads[5], body: payloads[1] });
  const html = Buffer.from('<script>window.pwned=1</script>').toString('base64');
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="window.pwned=1"/>').toString(
    'base64',
  );
  const files: JsonObject[] = [
    { name: '<img src=x onerror=window.pwned=1>.png', mediaType: 'image/png', contentBase64: html },
    { name: 'a.html', mediaType: 'text/html', contentBase64: html },
    { name: 'a.svg', mediaType: 'image/svg+xml', contentBase64: svg },
    { name: 'b.png', mediaType: 'image/png', contentBase64: svg },
  ];
  const attachmentIds: string[] = [];
  for (const file of files)
    attachmentIds.push((await call(opened, 'add_attachment', file)).attachmentId as string);
  const { version } = await call(opened, 'get_ticket', { ticketId });
  await call(opened, 'reply', { ticketId, version: version!, body: whole, attachmentIds });

  await openTicket(opened, postern!, ticketId);
  await conversation(opened)
    .getByRole('button', { name: /a\.svg/ })
    .waitFor();
  await page.getByRole('complementary', { name: 'About this ticket' }).getByText(payloads[2]).waitFor();
  await page.locator('.ProseMirror').waitFor();
  await page.keyboard.press('r');
  await page.keyboard.type(`${payloads[1]} ;`);
  await page.getByRole('listbox', { name: 'Offered' }).getByText(payloads[5]).waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await shoot(opened, 'inbox-hostile');
  for (const file of ['a.html', 'a.svg']) {
    const saved = page.waitForEvent('download');
    await conversation(opened)
      .getByRole('button', { name: new RegExp(file) })
      .click();
    assert.equal((await saved).suggestedFilename(), file);
  }
  assert.ok((await conversation(opened).getByText('evil.example', { exact: true }).count()) > 0);
  assert.deepEqual(
    await page.evaluate(
      '[...document.querySelectorAll("article ol a")].filter((a) => !/^https:/.test(a.href) || !/noopener/.test(a.rel)).map((a) => a.href)',
    ),
    [],
  );
  const search = page.getByRole('combobox', { name: 'Search tickets' });
  await search.fill('"window.pwned"');
  await search.press('Enter');
  await page.getByRole('region', { name: 'Tickets' }).locator('mark').first().waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByPlaceholder('What do you want to do?').fill('evil');
  await page
    .getByRole('option', { name: /evil\.example/ })
    .first()
    .waitFor();
  await page.keyboard.press('Escape');

  assert.equal(await page.evaluate('window.pwned'), undefined);
  assert.equal(
    await page.evaluate('document.querySelectorAll("main iframe, main object, main svg script").length'),
    0,
  );
  assert.deepEqual([asked, dialogs, complaints], [[], [], []]);
});
