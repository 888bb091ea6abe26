/** Arguments for any operation, made from its schema. */
import type { z } from 'zod';
import type { Operation } from '../src/catalogue/operation.ts';
import type { Json, JsonObject } from '../src/kernel/json.ts';

/** What some field somewhere takes; ids name nothing that exists. */
const candidates: Json[] = [
  'x',
  'word',
  'x@example.com',
  `tkt_${'0'.repeat(24)}`,
  `pur_${'0'.repeat(24)}`,
  `usr_${'0'.repeat(24)}`,
  '2030-01-01T00:00:00Z',
  '2030-01-01',
  'UTC',
  '09:00',
  'https://example.com/',
  'text/plain',
  1,
  true,
  {},
  [],
  ['x'],
  ['x@example.com'],
  [`tkt_${'0'.repeat(24)}`],
  [{ kind: 'set_priority', priority: 'low' }],
];

const takes = (field: z.ZodType, value: Json): boolean => field.safeParse(value).success;

/** The fields of an operation's input. */
export const fieldsOf = (operation: Operation): [name: string, field: z.ZodType][] =>
  Object.entries(operation.input.shape as Record<string, z.ZodType>);

/** Each required field with something that it takes. @throws {Error} for one that takes nothing that is thought of here */
export function minimalInput(operation: Operation): JsonObject {
  const input: JsonObject = {};
  for (const [name, field] of fieldsOf(operation)) {
    if (takes(field, undefined as never)) continue;
    input[name] = valueFor(field, `${operation.name}.${name}`);
  }
  return input;
}

export function valueFor(field: z.ZodType, name: string): Json {
  const options = (field as { options?: unknown[] }).options;
  const found = [...((options ?? []) as Json[]), ...candidates].find((value) => takes(field, value));
  if (found === undefined) throw new Error(`nothing is known that ${name} takes; add it to test/inputs.ts`);
  return found;
}

/** Fields that take some text. */
export const textFields = (operation: Operation): [name: string, field: z.ZodType][] =>
  fieldsOf(operation).filter(([, field]) =>
    candidates.some((one) => typeof one === 'string' && takes(field, one)),
  );
