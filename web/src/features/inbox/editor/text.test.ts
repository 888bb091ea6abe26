import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DocNode, fromMarkdown, fromText, toText } from './text.ts';

test('a text goes in and comes out to the letter', () => {
  for (const text of [
    'One line',
    'Two\nlines',
    'A blank\n\nline\n\n\n',
    '  spaces  \n\tand tabs ',
    '**not bold** <script>alert(1)</script>\n- no list',
    '',
    '🚪\u00a0\n\u202e',
  ])
    assert.equal(toText(fromText(text)), text, JSON.stringify(text));
});

const said = (text: string, ...marks: string[]): DocNode => ({
  type: 'text',
  text,
  marks: marks.map((type) => ({ type })),
});
const paragraph = (...content: DocNode[]): DocNode => ({ type: 'paragraph', content });
const item = (...content: DocNode[]): DocNode => ({ type: 'listItem', content });

test('what was made bold, or a list, is sent as people write it in mails', () => {
  const list: DocNode = { type: 'bulletList', content: [item(paragraph(said('sub')))] };
  const doc: DocNode = {
    type: 'doc',
    content: [
      { type: 'heading', attrs: { level: 2 }, content: [said('Steps')] },
      paragraph(said('Press '), said('both', 'bold'), said(' and '), said('it', 'italic', 'bold')),
      { type: 'bulletList', content: [item(paragraph(said('one')), list), item(paragraph(said('two')))] },
      {
        type: 'orderedList',
        attrs: { start: 9 },
        content: [item(paragraph(said('nine'))), item(paragraph(said('ten')))],
      },
      { type: 'blockquote', content: [paragraph(said('said')), paragraph()] },
      { type: 'codeBlock', content: [said('a\n  b')] },
      paragraph(said('x', 'code'), { type: 'hardBreak' }, said('y', 'strike')),
    ],
  };
  assert.equal(
    toText(doc),
    '## Steps\nPress **both** and ***it***\n- one\n  - sub\n- two\n9. nine\n10. ten\n> said\n>\n```\na\n  b\n```\n`x`\n~~y~~',
  );
});

test('what was written here comes back as it stood in the editor, and goes out to the letter', () => {
  const bold = fromMarkdown('Press **both**\n- one\n- `two`');
  assert.deepEqual(bold.content, [
    paragraph({ type: 'text', text: 'Press ' }, said('both', 'bold')),
    {
      type: 'bulletList',
      content: [item(paragraph({ type: 'text', text: 'one' })), item(paragraph(said('two', 'code')))],
    },
  ]);
  for (const text of [
    '## Steps\nPress **both** and ***it***\n- one\n  - sub\n- two\n9. nine\n10. ten\n> said\n>\n```\na\n  b\n```\n`x`\n~~y~~',
    '**`bold code`** and - no list',
    '- - a list in a list',
    '- # a heading in a list',
    '> - one\n>\n> two',
    '```\nopen',
    '1. one\n3. three',
    ' \n\n  spaces  \n',
    '# \n####### seven\n*** \n---',
    '* a star is no list\n+ nor a plus',
    '',
  ])
    assert.equal(toText(fromMarkdown(text)), text, JSON.stringify(text));
});
