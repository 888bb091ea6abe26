import { z } from 'zod';
import { PosternError } from '../kernel/errors.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { Operation } from './operation.ts';

/** Every operation by name. Faces are loops over it. */
export type Catalogue = ReadonlyMap<string, Operation>;

/** @throws {Error} if two operations share a name. */
export function createCatalogue(operations: readonly Operation[]): Catalogue {
  const byName = new Map(operations.map((operation) => [operation.name, operation]));
  if (byName.size !== operations.length) throw new Error('two operations share a name');
  return byName;
}

/**
 * The operation's arguments, parsed.
 * @throws {PosternError} `invalid_arguments`, naming each field that does not fit.
 */
export function parseInput(operation: Operation, input: Json | undefined): JsonObject {
  const parsed = operation.input.safeParse(input ?? {});
  if (parsed.success) return parsed.data as JsonObject;
  const issues = parsed.error.issues.map((issue) => ({
    field: issue.path.join('.'),
    message: issue.code === 'unrecognized_keys' ? `unknown: ${issue.keys.join(', ')}` : issue.message,
  }));
  const text = issues.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join('; ');
  throw new PosternError('invalid_arguments', `The arguments do not fit ${operation.name}. ${text}`, {
    issues,
  });
}

/** JSON Schema (2020-12) of an operation's arguments. */
export const inputSchema = (operation: Operation): JsonObject => schemaOf(operation.input, 'input');

/** JSON Schema (2020-12) of an operation's result. */
export const outputSchema = (operation: Operation): JsonObject => schemaOf(operation.output, 'output');

function schemaOf(schema: z.ZodObject, io: 'input' | 'output'): JsonObject {
  return z.toJSONSchema(schema, { io }) as JsonObject;
}
