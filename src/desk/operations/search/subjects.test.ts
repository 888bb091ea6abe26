/** Where a subject says what was looked for: first what a stranger could read out of the places. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { agent, type Desk, desk, open, operator, stranger } from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import { changeTicket } from '../../tickets/change.ts';

const anonymous: Caller = { kind: 'anonymous' };
const credential: Caller = { kind: 'credential', id: 'crd_1', granted: [] };

interface Line {
  number: number;
  subject: string;
  subjectHighlights?: [number, number][];
}

const found = async (on: Desk, caller: Caller, query: string) =>
  (await on.call(caller, 'search_tickets', { query })).tickets as unknown as Line[];
const marked = ({ subject, subjectHighlights = [] }: Line) =>
  subjectHighlights.map(([from, to]) => subject.slice(from, to));

test('places in a masked subject are counted in the mask, and tell of nothing under it', async () => {
  const acme = await desk('probe-subjects');
  const ada = { name: 'Ada Lovelace', email: 'ada.l@analytical.example' };
  await open(acme, { subject: 'Ada Lovelace, shutter, ada.l@analytical.example', body: 'Stuck.', ...ada });
  // The same of somebody with a name of another length: where the word stands must not tell which.
  await open(acme, {
    subject: 'Grace Hopper, shutter, b@c.example',
    body: 'Stuck.',
    name: 'Grace Hopper',
    email: 'b@c.example',
  });
  await acme.db.updateTable('deskSettings').set({ agentsSee: 'all' }).execute();
  for (const caller of [stranger, anonymous]) {
    const lines = await found(acme, caller, 'shutter');
    assert.equal(lines.length, 2);
    for (const line of lines) assert.deepEqual(marked(line), ['shutter']);
    const inside = ({ subject }: Line) => subject.split('\n')[1]!;
    const starts = lines.map(
      ({ subject, subjectHighlights }) => subjectHighlights![0]![0] - subject.indexOf('\n') - 1,
    );
    assert.deepEqual(
      starts,
      lines.map((line) => inside(line).indexOf('shutter')),
    );
    assert.equal(starts[0], starts[1]);
    assert.ok(lines.every((line) => /^\[name\], shutter, \[email\]$/.test(inside(line))));
    // A word of what is hidden and one of what is shown: no ticket, and so no place.
    for (const probe of [
      'shutter ada',
      'shutter lovelace',
      'shutter "Ada Lovelace"',
      'shutter analytical.example',
    ])
      assert.deepEqual(await found(acme, caller, probe), [], probe);
    // Nothing is marked for a word that may only be missing.
    for (const line of await found(acme, caller, 'stuck -lovelace')) assert.deepEqual(marked(line), []);
  }
  const own = (await found(acme, agent, 'shutter lovelace')).map(marked);
  assert.deepEqual(own, [['Lovelace', 'shutter']], 'who opened it reads it as it is');
});

test('what was looked for is marked in the subject, by its stem, for people and for agents', async () => {
  const acme = await desk('subjects');
  await open(acme, { subject: 'Broken <mark>shutters</mark>: K9-118 & http://a.example/b?c', body: 'x' });
  await open(acme, { subject: 'Prism', body: 'The shutter is broken.' });
  for (const caller of [operator, credential]) {
    const [prism, shutters] = await found(acme, caller, 'shutter broken');
    assert.deepEqual(marked(shutters!), ['Broken', 'shutters']);
    assert.equal(prism!.subjectHighlights, undefined);
    assert.deepEqual((await found(acme, caller, 'K9-118')).flatMap(marked), ['K9', '118']);
  }
  assert.deepEqual((await found(acme, operator, '"broken"')).map(marked), [[], ['Broken']]);
  for (const query of ['status:open', '-prism', 'the', '"the shutter"'])
    for (const line of await found(acme, operator, query)) assert.deepEqual(marked(line), [], query);
});

test('whatever else a subject holds, the places are right', async () => {
  const acme = await desk('subjects-odd');
  const odd = (createRequire(import.meta.url)('big-list-of-naughty-strings') as string[]).filter(
    (text) => !/quokka/i.test(text) && text.length < 150,
  );
  const texts = [...odd, '\u0001a\u0002', '\u0002', '👩‍👩‍👧 İ ŉ ﬃ', '<b>x</b> a-b-c http://x.example/y'];
  const { ticketId } = await open(acme, { subject: 'x' });
  let tried = 0;
  for (let at = 0; at < texts.length; at += 4) {
    const subject = `${texts
      .slice(at, at + 4)
      .join(' ')
      .slice(0, 190)} quokka`;
    // As a mail may bring it, past what an operation takes.
    const written = await acme
      .within(operator, (scope) => changeTicket(scope, ticketId as string, { subject }))
      .then(
        () => true,
        () => false,
      );
    if (!written) continue;
    const [line] = await found(acme, operator, 'quokka');
    // Postgres takes some for one word with what stands around it.
    if (!line) continue;
    tried++;
    assert.equal(line.subject, subject);
    assert.deepEqual(marked(line), ['quokka'], JSON.stringify(subject));
  }
  assert.ok(tried > 80, `${tried}`);
});
