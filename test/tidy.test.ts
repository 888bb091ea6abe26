/** The house rules that a machine can check: who may import whom, sizes, and who may touch the world. */
import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { type Node, parse } from 'acorn';
import { simple } from 'acorn-walk';

const maxFileLines = 400;
const maxFunctionLines = 70;

/** What each room may import, beside itself. Anything not listed is a wall. */
const mayImport: Record<string, readonly string[]> = {
  kernel: [],
  config: ['kernel', 'chains'],
  store: ['kernel'],
  chains: ['kernel', 'store'],
  facilitator: ['kernel', 'store', 'chains'],
  catalogue: ['kernel', 'store'],
  door: ['kernel', 'store', 'chains', 'facilitator', 'catalogue'],
  mail: ['kernel', 'store'],
  model: ['kernel', 'store'],
  people: ['kernel', 'store'],
  desk: ['kernel', 'store', 'catalogue', 'mail', 'model', 'people'],
};
const allButMain = [...Object.keys(mayImport), 'faces'];
mayImport.faces = allButMain;
mayImport.loops = allButMain;
mayImport.main = [...allButMain, 'loops'];

interface Source {
  path: string;
  text: string;
  lines: number;
  imports: string[];
}

const sources: Source[] = await Promise.all(
  (await Array.fromAsync(glob('{src,test,bench}/**/*.ts'))).map(async (path) => {
    const text = await readFile(path, 'utf8');
    const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) =>
      normalize(join(dirname(path), match[1]!)),
    );
    return { path, text, lines: text.split('\n').length - 1, imports };
  }),
);
const isTest = (path: string) => path.endsWith('.test.ts') || !path.startsWith('src/');
const product = sources.filter(({ path }) => !isTest(path));

/** `src/door/wire/challenge.ts` stands in the room `door`, `src/main.ts` in `main`. */
const room = (path: string) => path.split('/')[1]!.replace(/\.ts$/, '');

test('imports run one way', () => {
  const wrong = product.flatMap(({ path, imports }) =>
    imports
      .filter(
        (target) =>
          target.startsWith('src/') &&
          room(target) !== room(path) &&
          !mayImport[room(path)]?.includes(room(target)),
      )
      .map((target) => `${path} imports ${target}`),
  );
  assert.deepEqual(wrong, []);
});

test('no import goes in a circle', () => {
  const byPath = new Map(product.map((source) => [source.path, source]));
  const done = new Set<string>();
  const visit = (path: string, trail: string[]): void => {
    assert.ok(!trail.includes(path), `circle: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`);
    if (done.has(path)) return;
    for (const target of byPath.get(path)?.imports ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of product) visit(path, []);
});

/** What the app and the server must read alike. */
const shared = '/src/kernel/markdown.ts';

test('the app takes types of the server, and none of its code but how texts are read', async () => {
  const wrong: string[] = [];
  for await (const path of glob('web/src/**/*.{ts,tsx}')) {
    const text = await readFile(path, 'utf8');
    if (text.split('\n').length - 1 > maxFileLines && !path.endsWith('.gen.ts'))
      wrong.push(`${path}: too long`);
    for (const [statement, target] of text.matchAll(/^import (?!type )[^;]*from '([^']+)'/gm))
      if (target?.includes('../src/') && !target.endsWith(shared)) wrong.push(`${path}: ${statement}`);
  }
  assert.deepEqual(wrong, []);
});

test(`files have at most ${maxFileLines} lines, functions ${maxFunctionLines}`, () => {
  const long = sources
    .filter(({ lines }) => lines > maxFileLines)
    .map(({ path, lines }) => `${path}: ${lines}`);
  for (const { path, text } of sources.filter(({ path }) => !path.endsWith('.test.ts'))) {
    const tree = parse(stripTypeScriptTypes(text), {
      ecmaVersion: 'latest',
      sourceType: 'module',
      locations: true,
    });
    const check = (node: Node) => {
      const lines = node.loc!.end.line - node.loc!.start.line + 1;
      if (lines > maxFunctionLines) long.push(`${path}:${node.loc!.start.line}: a function of ${lines}`);
    };
    simple(tree, { FunctionDeclaration: check, FunctionExpression: check, ArrowFunctionExpression: check });
  }
  assert.deepEqual(long, []);
});

test('the world is touched through its ports only', () => {
  const rules: [RegExp, readonly string[]][] = [
    [/process\.env/, ['src/config.ts']],
    [/Date\.now\(|new Date\(\)/, ['src/kernel/time.ts']],
    [/Math\.random\(|randomUUID\(/, ['src/kernel/ids.ts']],
  ];
  const wrong = rules.flatMap(([pattern, allowed]) =>
    product
      .filter(({ path, text }) => pattern.test(text) && !allowed.includes(path))
      .map(({ path }) => `${path}: ${pattern}`),
  );
  assert.deepEqual(wrong, []);
});

test('no test mocks a module', () => {
  const mocking = sources.filter(
    ({ path, text }) => path !== 'test/tidy.test.ts' && /mock\.module|vi\.mock|jest\.mock/.test(text),
  );
  assert.deepEqual(
    mocking.map(({ path }) => path),
    [],
  );
});
