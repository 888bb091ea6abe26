import assert from 'node:assert/strict';
import { test } from 'node:test';
import { htmlOf } from './html.ts';

/** What a text comes to below a line: alone a plain one has no page. */
const body = (text: string) =>
  /<div style="white-space:pre-wrap"><hr>(.*)<\/div><\/body>/s.exec(htmlOf(`---\n${text}`) ?? '')?.[1];

test('what was written bold, as a list or code is so in the mail', () => {
  assert.equal(
    body('Try **both**:\n- `a  b`\n\nhttps://a.example/?x=1&y'),
    '<div>Try <b>both</b>:</div><ul><li><div><code>a  b</code></div></li></ul><div><br></div>' +
      '<div><a href="https://a.example/?x=1&#38;y">https://a.example/?x=1&#38;y</a></div>',
  );
});

test('nothing of a text is a page of its own', () => {
  const hostile = [
    '<script>alert(1)</script>',
    '**<img src=x onerror=alert(1)>**',
    '`</code><script>`',
    '```\n</pre><iframe>\n```',
    '[click](javascript:alert(1))',
    'https://a.example/"onmouseover="alert(1)',
    "https://a.example/'><b>",
    'https://bank.example@evil.example/login',
    '- <li>\n> </blockquote>',
  ];
  for (const text of hostile) {
    const tags = [...(body(text) ?? '').matchAll(/<\/?([a-z]+)([^>]*)>/g)];
    assert.ok(tags.length > 0, text);
    for (const [tag, name, attributes] of tags) {
      assert.match(name!, /^(div|b|i|s|code|pre|ul|li|blockquote|a|br)$/, `${tag} of ${text}`);
      assert.match(attributes!, /^( href="https:[^"<>]*")?$/, `${tag} of ${text}`);
    }
    assert.doesNotMatch(body(text)!, /href="[^"]*(javascript:|@evil)/, text);
  }
});

test('a plain text goes out as that alone', () => {
  for (const text of ['Dear Ada,\n\nit is 2*3*4 cm. https://a.example/', '', '-- \nBob', '<b>no</b>'])
    assert.equal(htmlOf(text), undefined, text);
});
