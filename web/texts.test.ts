/** What people read stands in the catalogue of messages, so that a language can be added: no literal text in the pages. */
import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parseSync } from 'vite';

/** Attributes whose values people read or hear. */
const attributes: ReadonlySet<string> = new Set([
  ...['aria-label', 'aria-description', 'aria-placeholder', 'aria-roledescription', 'aria-valuetext'],
  ...['title', 'placeholder', 'alt', 'label', 'hint', 'error', 'description'],
]);
/** Fields of actions and the like that are shown. */
const fields: ReadonlySet<string> = new Set(['title', 'group']);
/** Calls that put their text on the screen. */
const says: ReadonlySet<string> = new Set(['say', 'alert', 'confirm', 'prompt']);

/** What the catalogue's texts are called, of all features. */
const keys: string[] = [];
for await (const path of glob('web/src/**/{messages,common}.ts'))
  keys.push(...[...(await readFile(path, 'utf8')).matchAll(/^ {2}'([^']+)':/gm)].map(([, key]) => key!));
const known: ReadonlySet<string> = new Set(keys);

/** Signs and numbers are the same in every language; what names a text is none. */
const isText = (text: string): boolean => /\p{L}{2,}/u.test(text) && !known.has(text);

type Node = { type: string; start: number } & Record<string, unknown>;
interface Found {
  text: string;
  at: number;
}

const isNode = (value: unknown): value is Node => value instanceof Object && 'type' in value;

/** Texts that an expression may come to, as far as they are written in it. What a call returns is the call's affair. */
function textsIn(node: unknown): Found[] {
  if (!isNode(node)) return [];
  const at = node.start;
  switch (node.type) {
    case 'Literal':
      return typeof node.value === 'string' ? [{ text: node.value, at }] : [];
    case 'TemplateLiteral':
      return (node.quasis as { value: { cooked: string } }[]).map(({ value }) => ({
        text: value.cooked,
        at,
      }));
    case 'ConditionalExpression':
      return [...textsIn(node.consequent), ...textsIn(node.alternate)];
    case 'LogicalExpression':
      return [...(node.operator === '&&' ? [] : textsIn(node.left)), ...textsIn(node.right)];
    case 'BinaryExpression':
      return node.operator === '+' ? [...textsIn(node.left), ...textsIn(node.right)] : [];
    case 'JSXExpressionContainer':
    case 'TSAsExpression':
      return textsIn(node.expression);
    default:
      return [];
  }
}

const nameOf = (node: unknown): string => (isNode(node) ? String(node.name ?? node.value ?? '') : '');

/** What stands in them is typed or sent as it is, in every language. */
const verbatim: ReadonlySet<string> = new Set(['code', 'pre', 'kbd', 'samp']);

/** What one node of a page puts where people see it. */
function seenOf(node: Node): Found[] {
  switch (node.type) {
    case 'JSXText':
      return [{ text: String(node.value), at: node.start }];
    case 'JSXElement':
    case 'JSXFragment':
      if (isNode(node.openingElement) && verbatim.has(nameOf(node.openingElement.name))) return [];
      return (node.children as Node[])
        .filter(({ type }) => type === 'JSXExpressionContainer')
        .flatMap(textsIn);
    case 'JSXAttribute':
      return attributes.has(nameOf(node.name)) ? textsIn(node.value) : [];
    case 'Property':
      return fields.has(nameOf(node.key)) ? textsIn(node.value) : [];
    case 'CallExpression':
      return says.has(nameOf(node.callee)) ? textsIn((node.arguments as Node[])[0]) : [];
    default:
      return [];
  }
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) for (const one of value) walk(one, visit);
  else if (isNode(value)) {
    visit(value);
    const opening = value.openingElement;
    const within = isNode(opening) && verbatim.has(nameOf(opening.name)) ? [opening] : Object.values(value);
    for (const below of within) walk(below, visit);
  }
}

/** @returns the literal texts of a page, each with its line */
function literalsOf(path: string, source: string): string[] {
  const { program, errors } = parseSync(path, source);
  assert.deepEqual(errors, [], path);
  const found: Found[] = [];
  walk(program, (node) => void found.push(...seenOf(node)));
  return found
    .filter(({ text }) => isText(text))
    .map(({ text, at }) => `${path}:${source.slice(0, at).split('\n').length}: ${text.trim()}`);
}

test('the pages hold no text of their own', async () => {
  const wrong: string[] = [];
  for await (const path of glob('web/src/**/*.tsx'))
    wrong.push(...literalsOf(path, await readFile(path, 'utf8')));
  assert.deepEqual(wrong, []);
});

test('a literal text is found wherever it would be seen', () => {
  const count = (source: string) => literalsOf('page.tsx', source).length;
  for (const source of [
    'const a = <p>Nothing is here.</p>;',
    'const a = <p>{"Nothing"}</p>;',
    'const a = <p>{many ? t("inbox.some") : "None"}</p>;',
    'const a = <p>{none && `None of them`}</p>;',
    'const a = <p>{name ?? "Nobody"}</p>;',
    'const a = <>{"Nothing" as string}</>;',
    'const a = <button aria-label="Close" />;',
    'const a = <img alt={"A plot" + of} />;',
    'const a = <TextField label={"Name"} />;',
    'const a = <pre aria-label="Output">npm start</pre>;',
    'say("Sent.");',
    'const a = { id: "send", title: "Send", keys: "s" };',
  ])
    assert.equal(count(source), 1, source);
  for (const source of [
    'const a = <p className="text-muted">{t("inbox.empty")}</p>;',
    'const a = <p>#{number} · {count}+</p>;',
    'const a = <code>npx postern wallet {"new"}</code>;',
    'const a = <p>{status === "open" ? t("a.b") : "—"}</p>;',
    'const a = <p>{mode === "reply" && t("a.b")}</p>;',
    'const a = <input type="search" name="tag" value="open" />;',
    'const a = { to: "/app", title: t("nav.inbox") };',
    'const a = { to: "/app", title: "nav.inbox" };',
  ])
    assert.equal(count(source), 0, source);
});

test('no two features say the same key', () => {
  assert.ok(keys.length > 100);
  assert.deepEqual(
    keys.filter((key, at) => keys.indexOf(key) !== at),
    [],
  );
});
