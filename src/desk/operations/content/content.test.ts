/** Issues, changelog and articles: what strangers see of them, and that only a member publishes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, catalogue, type Desk, desk, operator, refused, stranger } from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import { perform } from '../../../catalogue/perform.ts';
import { permissionOf } from '../../../catalogue/permission.ts';
import { randomIds } from '../../../kernel/ids.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { auditTrail } from '../../../store/audit.ts';
import { workspacesOf } from '../../../store/database.ts';

const anyone: Caller = { kind: 'anonymous' };
const writer: Caller = {
  kind: 'credential',
  id: 'crd_1',
  granted: ['create_kb', 'update_kb', 'create_changelog'],
};

/** As credentials do it: asked whether they may. */
const callAs = (on: Desk, caller: Caller, name: string, input: JsonObject) =>
  perform(
    { inWorkspace: workspacesOf(on.db) },
    { workspace: on.workspace, caller, ids: randomIds, now: new Date(0) },
    catalogue.get(name)!,
    input,
  );

const issues = async (on: Desk, caller: Caller, more: JsonObject = {}) =>
  (await on.call(caller, 'list_issues', more)).issues as JsonObject[];
const titles = (rows: JsonObject[]) => rows.map(({ title }) => title);

test('what a stranger reports waits unpublished, and only members see it', async () => {
  const acme = await desk('issues-wait');
  const reported = await acme.call(agent, 'create_issue', { title: 'Fog', body: 'In the lens.' });
  assert.equal(reported.published, false);
  for (const caller of [anyone, stranger, agent]) {
    assert.deepEqual(await issues(acme, caller), []);
    assert.deepEqual(await issues(acme, caller, { published: false }), [], 'asking for drafts shows none');
  }
  const [seen] = await issues(acme, operator);
  assert.deepEqual([seen!.title, seen!.published, seen!.tickets], ['Fog', false, 0]);
  const whole = await acme.call(operator, 'get_issue', { issueId: reported.issueId! });
  assert.equal(whole.author, `wallet:${(agent as { address: string }).address}`);

  await acme.call(operator, 'publish_issue', { issueId: reported.issueId!, version: 1 });
  assert.deepEqual(titles(await issues(acme, anyone)), ['Fog']);
  await assert.rejects(
    acme.call(stranger, 'create_issue', { title: 'fOG', body: 'Again.' }),
    refused('conflict'),
    'a published title is known',
  );
  await acme.call(operator, 'publish_issue', { issueId: reported.issueId!, version: 2, published: false });
  assert.deepEqual(await issues(acme, anyone), []);
  const trail = await acme.within(operator, ({ tx, workspace }) =>
    auditTrail(tx, workspace.id, { subject: reported.issueId as string, limit: 9 }),
  );
  assert.deepEqual(
    trail.map(({ action, actor, details }) => [action, actor, (details as JsonObject).published]),
    [
      ['issue.published', 'operator:usr_test', false],
      ['issue.published', 'operator:usr_test', true],
    ],
  );
});

test('an issue of a credential waits too; a member’s is published, and changes', async () => {
  const acme = await desk('issues-members');
  const drafted = await callAs(acme, writer, 'create_issue', { title: 'Draft', body: 'x' });
  assert.equal(drafted.published, false);
  const { issueId, published } = await acme.call(operator, 'create_issue', { title: 'Own', body: 'x' });
  assert.equal(published, true);
  const changed = await acme.call(operator, 'update_issue', {
    issueId: issueId!,
    version: 1,
    status: 'investigating',
    body: 'We look.',
  });
  assert.deepEqual(
    [changed.status, changed.body, changed.title, changed.version],
    ['investigating', 'We look.', 'Own', 2],
  );
  await assert.rejects(
    acme.call(operator, 'update_issue', { issueId: issueId!, version: 1, status: 'fixed' }),
    refused('conflict'),
  );
  await assert.rejects(
    acme.call(operator, 'update_issue', { issueId: issueId!, version: 2 }),
    refused('invalid_arguments'),
  );
  assert.deepEqual(titles(await issues(acme, anyone, { status: 'investigating' })), ['Own']);
  assert.deepEqual(await issues(acme, anyone, { status: 'fixed' }), []);
  assert.deepEqual(titles(await issues(acme, operator, { published: false })), ['Draft']);
});

test('what everyone reads changes with a line in the audit log, and what waits without', async () => {
  const acme = await desk('content-audited');
  const { issueId } = await acme.call(operator, 'create_issue', { title: 'Own', body: 'x' });
  await acme.call(operator, 'update_issue', {
    issueId: issueId!,
    version: 1,
    status: 'fixed',
    body: 'Quokka.',
  });
  await acme.call(operator, 'publish_issue', { issueId: issueId!, version: 2, published: false });
  await acme.call(operator, 'update_issue', { issueId: issueId!, version: 3, title: 'Unseen' });
  const { entryId } = await acme.call(operator, 'create_changelog', { title: 'New', body: 'x' });
  await acme.call(operator, 'update_changelog', { entryId: entryId!, version: 1, title: 'Unseen' });
  await acme.call(operator, 'publish_changelog', { entryId: entryId!, version: 2 });
  await acme.call(operator, 'update_changelog', { entryId: entryId!, version: 3, title: 'Seen' });
  const rows = await acme.within(operator, ({ tx, workspace }) => auditTrail(tx, workspace.id, { limit: 9 }));
  assert.deepEqual(
    rows.map(({ actor, action, subject, details }) => [actor, action, subject, details]).toReversed(),
    [
      ['operator:usr_test', 'issue.changed', issueId, { changed: ['body', 'status'] }],
      ['operator:usr_test', 'issue.published', issueId, { published: false }],
      ['operator:usr_test', 'changelog.published', entryId, { published: true }],
      ['operator:usr_test', 'changelog.changed', entryId, { changed: ['title'] }],
    ],
  );
});

test('lists are paged, and a long text is cut in them without half a character', async () => {
  const acme = await desk('issues-paged');
  for (let i = 0; i < 5; i++)
    await acme.call(operator, 'create_issue', { title: `Issue ${i}`, body: `${'x'.repeat(1_999)}😀${i}` });
  const seen: JsonObject[] = [];
  for (let after: string | undefined; ; ) {
    const page = await acme.call(anyone, 'list_issues', { limit: 2, ...(after ? { after } : {}) });
    seen.push(...(page.issues as JsonObject[]));
    if (!page.next) break;
    after = page.next as string;
  }
  assert.deepEqual(titles(seen), ['Issue 4', 'Issue 3', 'Issue 2', 'Issue 1', 'Issue 0']);
  assert.deepEqual([seen[0]!.cut, seen[0]!.body], [true, 'x'.repeat(1_999)]);
  const whole = await acme.call(operator, 'get_issue', { issueId: seen[0]!.issueId! });
  assert.equal(whole.body, `${'x'.repeat(1_999)}😀4`);
  for (const limit of [0, 51])
    await assert.rejects(acme.call(anyone, 'list_issues', { limit }), refused('invalid_arguments'));
});

// The attack: an agent whose draft was read writes another before it is published. Fails without `seenAs`.
test('what a member publishes is what the member has read', async () => {
  const acme = await desk('publish-seen');
  const made = await callAs(acme, writer, 'create_kb', { title: 'Lens care', body: 'Breathe on it.' });
  const articleId = made.articleId as string;
  await callAs(acme, writer, 'update_kb', { articleId, version: 1, body: 'Send us your password.' });
  await assert.rejects(
    acme.call(operator, 'publish_article', { articleId, version: 1 }),
    refused('conflict'),
  );
  const entry = await callAs(acme, writer, 'create_changelog', { title: 'Faster', body: 'x' });
  await acme.call(operator, 'update_changelog', { entryId: entry.entryId!, version: 1, body: 'y' });
  await assert.rejects(
    acme.call(operator, 'publish_changelog', { entryId: entry.entryId!, version: 1 }),
    refused('conflict'),
  );
});

test('a change of a published article waits beside it, and search finds what is published', async () => {
  const acme = await desk('articles');
  const found = async (query: string) =>
    titles((await acme.call(anyone, 'search_kb', { query })).articles as JsonObject[]);
  const made = await callAs(acme, writer, 'create_kb', {
    title: 'Reinigung für Gläser',
    body: 'Wipe the zoom ring with a cloth.',
  });
  const articleId = made.articleId as string;
  assert.deepEqual([made.slug, made.published, made.waiting], ['reinigung-fur-glaser', false, true]);
  assert.deepEqual(await found('zoom ring'), []);
  await acme.call(operator, 'publish_article', { articleId, version: 1 });
  assert.deepEqual(await found('zoom ring'), ['Reinigung für Gläser']);

  await callAs(acme, writer, 'update_kb', { articleId, version: 2, body: 'Rinse the quokka.' });
  assert.deepEqual(await found('quokka'), []);
  const waiting = (await acme.call(operator, 'list_articles', { waiting: true })).articles as JsonObject[];
  assert.deepEqual(
    waiting.map(({ articleId: id, waiting: waits }) => [id, waits]),
    [[articleId, true]],
  );
  const whole = await acme.call(operator, 'get_article', { articleId });
  assert.equal(whole.body, 'Wipe the zoom ring with a cloth.');
  assert.deepEqual(whole.draft, {
    title: 'Reinigung für Gläser',
    body: 'Rinse the quokka.',
    author: 'credential:crd_1',
  });
  await acme.call(operator, 'publish_article', { articleId, version: 3 });
  assert.deepEqual(await found('quokka'), ['Reinigung für Gläser']);
  assert.deepEqual((await acme.call(operator, 'list_articles', { waiting: true })).articles, []);
  await assert.rejects(
    acme.call(operator, 'publish_article', { articleId, version: 4 }),
    refused('conflict'),
  );
  await acme.call(operator, 'publish_article', { articleId, version: 4, published: false });
  assert.deepEqual(await found('quokka'), []);
  await assert.rejects(
    callAs(acme, writer, 'create_kb', { title: 'Other', body: 'x', slug: made.slug as string }),
    refused('conflict'),
  );
  await assert.rejects(acme.call(operator, 'get_article', { articleId: 'art_none' }), refused('not_found'));
});

test('the changelog shows strangers what is published, newest first', async () => {
  const acme = await desk('changelog');
  const entries = async (caller: Caller, more: JsonObject = {}) =>
    titles((await acme.call(caller, 'list_changelog', more)).entries as JsonObject[]);
  const [one, two, three] = await Promise.all(
    ['One', 'Two', 'Three'].map((title) => acme.call(operator, 'create_changelog', { title, body: 'x' })),
  );
  assert.deepEqual(await entries(anyone), []);
  for (const { entryId } of [two!, one!])
    await acme.call(operator, 'publish_changelog', { entryId: entryId!, version: 1 });
  assert.deepEqual(await entries(anyone), ['One', 'Two']);
  assert.deepEqual(await entries(stranger, { published: false }), ['One', 'Two']);
  assert.deepEqual(await entries(operator, { published: false }), ['Three']);
  const { next } = await acme.call(anyone, 'list_changelog', { limit: 1 });
  assert.deepEqual(await entries(anyone, { limit: 1, after: next as string }), ['Two']);
  const whole = await acme.call(operator, 'get_changelog_entry', { entryId: three!.entryId! });
  assert.deepEqual([whole.publishedAt, whole.author], [null, 'operator:usr_test']);
});

test('a draft is thrown away; what is published, or has tickets, is not', async () => {
  const acme = await desk('discard');
  const gone = await acme.call(agent, 'create_issue', { title: 'Spam', body: 'Buy.' });
  const discard = (id: unknown, version: number) =>
    acme.call(operator, 'discard_draft', { id: id as string, version });
  await assert.rejects(discard(gone.issueId, 2), refused('conflict'));
  await discard(gone.issueId, 1);
  assert.deepEqual(await issues(acme, operator), []);
  await assert.rejects(discard(gone.issueId, 1), refused('not_found'));
  await assert.rejects(discard('tkt_1', 1), refused('not_found'));

  const kept = await acme.call(operator, 'create_issue', { title: 'Real', body: 'x' });
  await assert.rejects(discard(kept.issueId, 1), refused('conflict'));
  const article = await acme.call(operator, 'create_kb', { title: 'A', body: 'x' });
  await acme.call(operator, 'publish_article', { articleId: article.articleId!, version: 1 });
  await assert.rejects(discard(article.articleId, 2), refused('conflict'), 'nothing waits');
  await acme.call(operator, 'update_kb', { articleId: article.articleId!, version: 2, title: 'B' });
  await discard(article.articleId, 3);
  const left = await acme.call(operator, 'get_article', { articleId: article.articleId! });
  assert.deepEqual([left.title, left.draft, left.published], ['A', null, true]);
});

test('who may write and publish', () => {
  const ungranted: Caller = { kind: 'credential', id: 'crd_2', granted: [] };
  const viewer: Caller = { kind: 'operator', id: 'usr_v', role: 'viewer' };
  const of = (caller: Caller, name: string) => permissionOf(caller, catalogue.get(name)!);
  for (const name of ['create_kb', 'update_kb', 'create_changelog'])
    assert.deepEqual(
      [anyone, agent, ungranted, viewer, writer, operator].map((caller) => of(caller, name)),
      ['refused', 'refused', 'refused', 'refused', 'acts', 'acts'],
      name,
    );
  // Publishing is a member's, whatever an admin granted.
  const bold: Caller = { kind: 'credential', id: 'crd_3', granted: ['publish_article', 'publish_issue'] };
  for (const name of [
    'publish_article',
    'publish_issue',
    'publish_changelog',
    'update_issue',
    'discard_draft',
  ])
    assert.deepEqual(
      [anyone, agent, bold, viewer, operator].map((caller) => of(caller, name)),
      ['refused', 'refused', 'refused', 'refused', 'acts'],
      name,
    );
  for (const name of ['get_issue', 'get_article', 'list_articles', 'get_changelog_entry'])
    assert.deepEqual(
      [anyone, agent, ungranted, viewer].map((caller) => of(caller, name)),
      ['refused', 'refused', 'acts', 'acts'],
      name,
    );
});

test('members list the tickets of an issue, page by page, and nobody else does', async () => {
  const acme = await desk('issue-tickets');
  const { issueId } = await acme.call(operator, 'create_issue', { title: 'Fog', body: 'In the lens.' });
  for (const subject of ['First', 'Second', 'Third']) {
    const ticket = await acme.call(agent, 'create_ticket', { subject, body: 'It fogs.' });
    await acme.call(operator, 'link_issue', { ticketId: ticket.ticketId!, issueId: issueId! });
  }
  await acme.call(agent, 'create_ticket', { subject: 'Another', body: 'Something else.' });
  const page = async (more: JsonObject) =>
    (await acme.call(operator, 'list_issue_tickets', { issueId: issueId!, ...more })) as {
      tickets: { subject: string }[];
      next?: string;
    };
  const first = await page({ limit: 2 });
  const second = await page({ limit: 2, after: first.next! });
  assert.deepEqual(
    [...first.tickets, ...second.tickets].map(({ subject }) => subject),
    ['Third', 'Second', 'First'],
  );
  assert.equal(second.next, undefined);
  await assert.rejects(page({ issueId: 'iss_none' }), refused('not_found'));
  for (const caller of [anyone, agent, writer])
    await assert.rejects(
      callAs(acme, caller, 'list_issue_tickets', { issueId: issueId! }),
      refused('not_permitted'),
    );
});
