/** docs/agents.md and the skill say what the catalogue says. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { agentsTools, withTools } from '../docs/agents.ts';
import type { Operation } from '../src/catalogue/operation.ts';
import { inputSchema, outputSchema, parseInput } from '../src/catalogue/registry.ts';
import { errorTable } from '../src/kernel/errors.ts';
import type { JsonObject } from '../src/kernel/json.ts';

const read = (path: string) => readFile(new URL(`../${path}`, import.meta.url), 'utf8');
const tools = agentsTools();
const byName = new Map(tools.map((tool) => [tool.name, tool]));
const skill = await read('skills/postern-desk/SKILL.md');
const guide = await read('docs/agents.md');

test('docs/agents.md holds the tools as the catalogue has them', () => {
  assert.equal(guide, withTools(guide, tools), 'run: node docs/agents.ts');
  for (const name of ['list_issues', 'resolve', 'create_kb', 'quote', 'get_purchase', 'list_tickets'])
    assert.ok(guide.includes(`\n### ${name}\n`), name);
  // Members' own operations are none of an agent's.
  for (const name of ['publish_article', 'approve_proposal', 'erase_customer', 'unlink_issue'])
    assert.ok(!byName.has(name) && !guide.includes(`### ${name}`), name);
});

test('the skill has the common form', () => {
  const [, head] = /^---\n([\s\S]*?)\n---\n/.exec(skill) ?? [];
  const fields = Object.fromEntries(
    (head ?? '').split('\n').map((line) => [line.split(': ')[0], line.slice(line.indexOf(': ') + 2)]),
  );
  assert.equal(fields.name, 'postern-desk');
  assert.ok(fields.description!.length > 50 && fields.description!.length <= 1024);
});

/** Every field name that a tool takes or gives, at any depth. */
function fieldsOf(tool: Operation): string[] {
  const names = (schema: unknown): string[] => {
    if (typeof schema !== 'object' || schema === null) return [];
    const { properties, ...rest } = schema as { properties?: JsonObject };
    const below = [...Object.values(properties ?? {}), ...Object.values(rest)];
    return [...Object.keys(properties ?? {}), ...below.flatMap(names)];
  };
  return [...names(inputSchema(tool)), ...names(outputSchema(tool))];
}

const fields = new Set(tools.flatMap(fieldsOf));
const values = JSON.stringify(tools.flatMap((tool) => [inputSchema(tool), outputSchema(tool)]));

/** What stands in backticks and is one word, or a path of words. */
const wordsIn = (text: string): string[] =>
  [...text.replace(/```[\s\S]*?```/g, '').matchAll(/`([A-Za-z_.]+)`/g)].map(([, word]) => word!);

const isKnown = (word: string): boolean =>
  byName.has(word) ||
  word in errorTable ||
  word.split('.').every((part) => fields.has(part)) ||
  values.includes(`"${word}"`);

test('every tool, field, state and error that the skill names exists', () => {
  const words = wordsIn(skill);
  assert.ok(words.length > 40);
  assert.deepEqual(
    words.filter((word) => !isKnown(word)),
    [],
  );
  for (const wrong of ['send_mail', 'close_ticket', 'ticketID', 'proposal.verdict'])
    assert.ok(!isKnown(wrong), `${wrong} would be noticed`);
});

test('every call that the skill shows fits its tool', () => {
  const shown = [...skill.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => JSON.parse(text!));
  assert.ok(shown.length >= 10);
  const check = ({ tool, arguments: input }: { tool: string; arguments: JsonObject }) => {
    const operation = byName.get(tool);
    assert.ok(operation, tool);
    parseInput(operation, input);
    if (tool === 'quote') check(input as { tool: string; arguments: JsonObject });
  };
  for (const call of shown) check(call);
});

test('the guide for who writes an agent names tools that exist', () => {
  const prose = guide.slice(0, guide.indexOf('<!-- tools'));
  const named = wordsIn(prose).filter((word) => /^[a-z]+(_[a-z]+)+$/.test(word));
  assert.ok(named.length >= 5);
  assert.deepEqual(
    named.filter((word) => !isKnown(word)),
    [],
  );
});
