import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, desk } from '../../../test/desk.ts';

test('numbers, hyphenated words and addresses are found as in tickets: whole, by their parts, and however they are joined', async () => {
  const acme = await desk('kb-numbers');
  const { id: workspaceId } = acme.workspace;
  const filler = 'Charge it over night before the first use, and let it cool down before you open it. ';
  const said: Record<string, string> = {
    recall:
      'The lots AC-55934 and BK77120 are called back; a t-shirt comes with the new one, and so does the bag.',
    update:
      'Firmware 4.10.3 mends it. Ask help@acme.example, or look at https://acme.example/firmware for more of it.',
    other:
      'Parts 55, 934 and 10 are not sold. Neither are 3 and 4, nor what AC adapters are made for in general.',
  };
  await acme.db
    .insertInto('articles')
    .values(
      Object.entries(said).map(([slug, text]) => ({
        ...{ workspaceId, id: `art_${slug}`, slug, title: slug, published: true },
        body: `${filler}\n\n${text}\n\n${filler}`,
      })),
    )
    .execute();
  const found = async (query: string) =>
    (await acme.call(agent, 'search_kb', { query })).articles as { slug: string; passage: string }[];
  const finds: Record<string, string[]> = {
    recall: [
      '55934',
      'AC-55934',
      'AC55934',
      '77120',
      'BK77120',
      'BK-77120',
      't-shirt',
      'Is BK-77120 broken?',
    ],
    update: ['4.10.3', '4.10', 'help@acme.example', 'acme.example', 'acme.example/firmware', 'firmware'],
  };
  for (const [slug, queries] of Object.entries(finds))
    for (const query of queries) {
      const [best] = await found(query);
      assert.deepEqual([best?.slug, best?.passage], [slug, said[slug]], query);
    }
  for (const query of ['5593', 'DX-55934X', '4.10.4', '10.3.4']) {
    const slugs = (await found(query)).map(({ slug }) => slug);
    assert.deepEqual(slugs, [], query);
  }
});
