/** What a browser refuses to do to who is signed in, tried as an attacker would. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import naughty from 'big-list-of-naughty-strings' with { type: 'json' };
import type { BrowserContext, Page } from 'playwright-core';
import { freePort } from '../../src/store/postgres.ts';
import { atEnd } from '../harness.ts';
import { startTestPostern } from '../postern.ts';
import { startTls } from '../tls.ts';
import { openPage, signIn, skip } from './browser.ts';
import { buy, settled } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

const ran = (page: Page) => page.evaluate('window.ran');
const inbox = () => `${postern!.url}/app/acme/inbox?view=all`;
const list = (page: Page) => page.getByRole('region', { name: 'Tickets' }).getByRole('button').first();

async function sessionCookie(context: BrowserContext) {
  const all = await context.cookies();
  const found = all.filter(({ name }) => name.endsWith('.session_token'));
  assert.equal(found.length, 1, JSON.stringify(all));
  return found[0]!;
}

test('no script that got into a page runs', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await page.route('**/app/acme/inbox*', async (route) => {
    const answer = await route.fetch();
    const policy = answer.headers()['content-security-policy'] ?? '';
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ])
      assert.ok(policy.split('; ').includes(part), policy);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    const bad = [
      '<script>window.ran = "inline"</script>',
      '<script src="data:text/javascript,window.ran=%22data%22"></script>',
      '<img src="/none" onerror="window.ran = \'handler\'">',
      '<iframe src="javascript:parent.ran=1"></iframe>',
      '<base href="http://127.0.0.1:1/">',
      '<style>body { --styled: 1 }</style>',
    ];
    const body = (await answer.text()).replace('<div id="app">', `${bad.join('')}<div id="app">`);
    await route.fulfill({ response: answer, body });
  });
  await page.goto(inbox());
  await list(page).waitFor();
  // And once more when the page is there already, which is where a fault of ours would put it.
  await page.evaluate(`(() => {
    const box = document.createElement('div');
    box.innerHTML = '<img src="/none" onerror="window.ran = 1"><a href="javascript:window.ran = 2">x</a>';
    document.body.append(box);
    box.querySelector('a').click();
    const script = document.createElement('script');
    script.textContent = 'window.ran = 3';
    document.body.append(script);
  })()`);
  await settled(page);
  assert.equal(await ran(page), undefined);
  const styled = "getComputedStyle(document.body).getPropertyValue('--styled')";
  assert.equal(await page.evaluate(styled), '');
  const refused = (what: RegExp) => complaints.filter((one) => what.test(one)).length;
  assert.ok(refused(/inline script/) >= 2, complaints.join('\n'));
  assert.ok(refused(/inline event handler/) >= 2, complaints.join('\n'));
});

test('what strangers write is text, whatever it looks like', { skip }, async () => {
  const payloads = [
    ...(naughty as string[]).filter((text) => /[<>]|script|javascript:|on\w+=/i.test(text)),
    '[click](javascript:alert(1))',
    '![x](javascript:alert(1))',
    'https://example.com/"onmouseover="alert(1)',
    "https://example.com/'><img src=x onerror=alert(1)>",
    '<svg><animate onbegin=alert(1) attributeName=x dur=1s>',
  ];
  assert.ok(payloads.length > 100);
  const text = payloads.join('\n');
  const subject = '<img src=x onerror=alert(1)><script>alert(1)</script>';
  const { payer, output } = await buy(postern!, 'create_ticket', {
    subject,
    body: text.replace(/\0/g, ''),
    name: '<svg onload=alert(1)>',
    email: 'mallory@example.com',
  });
  await buy(postern!, 'draft_reply', { ticketId: output.ticketId, body: text.slice(0, 20_000) }, payer);

  const opened = await openPage();
  const { page, complaints } = opened;
  const dialogs: string[] = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await signIn(opened, postern!);
  for (const [path, words] of [
    [`/inbox?view=all&ticket=${output.ticketId}`, payloads[0]!],
    ['/approvals', payloads[0]!],
  ] as const) {
    await page.goto(`${postern!.url}/app/acme${path}`);
    await settled(page);
    await page.getByText(words.trim().slice(0, 40)).first().waitFor();
    assert.equal(
      await page.locator('main').locator('script, iframe, object, embed, img, base, form[action]').count(),
      0,
    );
    const targets = await page
      .locator('main a')
      .evaluateAll((all: unknown[]) => (all as { protocol: string }[]).map(({ protocol }) => protocol));
    assert.deepEqual(
      targets.filter((protocol) => !/^https?:$/.test(protocol)),
      [],
    );
  }
  assert.deepEqual([dialogs, complaints], [[], []]);
});

/** A page of somebody else, on another port of this machine: to browsers the same site, so that cookies go along. */
async function strangersPage(): Promise<string> {
  const server = createServer((_, answer) => {
    answer.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>x</title><body>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(async () => void server.close());
  return `http://localhost:${(server.address() as AddressInfo).port}/`;
}

test('a page of another origin does nothing in the name of who is signed in', { skip }, async () => {
  const { url, db } = postern!;
  const opened = await openPage();
  const { page } = opened;
  await signIn(opened, postern!);
  const { id: ticketId } = await db
    .selectFrom('tickets')
    .select('id')
    .where('channel', '=', 'email')
    .executeTakeFirstOrThrow();
  const messages = () => db.selectFrom('messages').select('id').execute();
  const before = await messages();
  const stranger = await strangersPage();
  await page.goto(stranger);
  const refused = ['/api/v1/add_note', '/api/auth/sign-out', '/welcome'].map((path) =>
    page.waitForResponse(
      (response) =>
        response.url() === url + path && response.request().method() === 'POST' && response.status() === 403,
    ),
  );
  const note = JSON.stringify({ ticketId, body: 'Written by another page.' });
  const tries: [path: string, init: object][] = [
    [
      '/api/v1/add_note',
      { method: 'POST', mode: 'no-cors', headers: { 'content-type': 'text/plain' }, body: note },
    ],
    [
      '/api/v1/add_note',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-postern-workspace': 'acme' },
        body: note,
      },
    ],
    ['/api/v1/session', {}],
    ['/api/auth/sign-out', { method: 'POST', mode: 'no-cors', body: '{}' }],
    [
      '/welcome',
      { method: 'POST', mode: 'no-cors', body: new URLSearchParams({ invitationId: 'x' }).toString() },
    ],
  ];
  for (const [path, init] of tries) {
    const read = await page.evaluate(
      `fetch(${JSON.stringify(url + path)}, { credentials: 'include', ...${JSON.stringify(init)} }).then((a) => a.text(), () => '')`,
    );
    assert.equal(read, '', `${path} was read`);
  }
  await Promise.all(refused);
  for (const path of ['/api/v1/add_note', '/api/auth/sign-out', '/welcome']) {
    const tab = await page.context().newPage();
    await tab.goto(stranger);
    const form = `(() => {
      document.body.innerHTML = '<form method="post" enctype="text/plain"><input name="x"></form>';
      const form = document.forms[0];
      form.action = ${JSON.stringify(url + path)};
      form.x.value = '"}';
      form.x.name = ${JSON.stringify(note.slice(0, -2))};
      form.submit();
    })()`;
    const answered = tab.waitForResponse((one) => one.url() === url + path);
    await tab.evaluate(form);
    const answer = await answered;
    assert.equal(answer.status(), 403, path);
    // The attack is real: the cookie went along.
    assert.ok('cookie' in (await answer.request().allHeaders()), path);
  }
  assert.deepEqual(await messages(), before);
  await page.goto(inbox());
  await list(page).waitFor();
});

test('over https the session is a cookie of this host alone, that no script reads', { skip }, async () => {
  const port = await freePort();
  const publicUrl = await startTls(port);
  const secure = await startTestPostern({ port, publicUrl });
  const opened = await openPage({ ignoreHTTPSErrors: true });
  const { page, complaints } = opened;
  await signIn(opened, secure);
  await page.goto(`${publicUrl}/app/acme/inbox?view=all`);
  await list(page).waitFor();
  const cookie = await sessionCookie(page.context());
  assert.match(cookie.name, /^__Host-/);
  const { secure: isSecure, httpOnly, sameSite, path, domain } = cookie;
  assert.deepEqual(
    { isSecure, httpOnly, sameSite, path, domain },
    { isSecure: true, httpOnly: true, sameSite: 'Lax', path: '/', domain: 'localhost' },
  );
  assert.equal(await page.evaluate('document.cookie'), '');
  assert.deepEqual(complaints, []);
});

test('each sign-in is a new session, whatever cookie was there, and signing out ends it', {
  skip,
}, async () => {
  const opened = await openPage();
  const { page } = opened;
  const context = page.context();
  await signIn(opened, postern!);
  const first = await sessionCookie(context);
  // Somebody planted a session of theirs in this browser, or one before has been seen.
  await signIn(opened, postern!);
  const second = await sessionCookie(context);
  assert.notEqual(second.value, first.value);
  assert.equal(second.httpOnly, true);
  assert.equal(second.sameSite, 'Lax');

  await page.goto(inbox());
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(/\/sign-in/);
  assert.deepEqual(await context.cookies(), []);
  const asked = await fetch(`${postern!.url}/api/v1/session`, {
    headers: { cookie: `${second.name}=${second.value}` },
  });
  assert.equal(asked.status, 401);
});
