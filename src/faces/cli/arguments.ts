import type { Json, JsonObject } from '../../kernel/json.ts';
import { UsageError } from './terminal.ts';

export interface Flags {
  /** What stands alone, in order. */
  words: string[];
  /** `--name value` and `--name=value` of the command's own. */
  values: ReadonlyMap<string, string>;
  switches: ReadonlySet<string>;
  /** Flags that the command does not know; true where no value follows. */
  others: ReadonlyMap<string, string | true>;
}

/**
 * Splits a command line. A value that begins with `--` must be written `--name=value`.
 * @throws {UsageError} for a flag given twice, and for one of the command's own without its value.
 */
export function readFlags(args: readonly string[], own: { values?: string[]; switches?: string[] }): Flags {
  const words: string[] = [];
  const seen = new Map<string, string | true>();
  for (let i = 0; i < args.length; i++) {
    const match = /^--([a-zA-Z][\w-]*)(?:=([\s\S]*))?$/.exec(args[i]!);
    if (!match) {
      words.push(args[i]!);
      continue;
    }
    const name = match[1]!;
    if (seen.has(name)) throw new UsageError(`--${name} is given twice`);
    const next = args[i + 1];
    if (match[2] !== undefined) seen.set(name, match[2]);
    else if (own.switches?.includes(name) || next === undefined || next.startsWith('--'))
      seen.set(name, true);
    else seen.set(name, args[++i]!);
  }
  return sort(words, seen, own);
}

function sort(
  words: string[],
  seen: ReadonlyMap<string, string | true>,
  own: { values?: string[]; switches?: string[] },
): Flags {
  const values = new Map<string, string>();
  const switches = new Set<string>();
  const others = new Map<string, string | true>();
  for (const [name, value] of seen) {
    if (own.switches?.includes(name)) {
      if (value !== true) throw new UsageError(`--${name} takes no value`);
      switches.add(name);
    } else if (own.values?.includes(name)) {
      if (value === true) throw new UsageError(`--${name} needs a value`);
      values.set(name, value);
    } else others.set(name, value);
  }
  return { words, values, switches, others };
}

/** @throws {UsageError} for the first flag that the command does not know. */
export function refuseOthers(flags: Flags): void {
  const [unknown] = flags.others.keys();
  if (unknown) throw new UsageError(`unknown option --${unknown}`);
}

/** The part of a JSON Schema that flags are typed by. */
interface InputSchema {
  properties?: Record<string, { type?: string; description?: string }>;
  required?: string[];
}

/**
 * A tool's arguments from flags, typed by its inputSchema; `--ticket-id` also means `ticketId`.
 * Whether they fit is for the door to say; here only names, types and what is missing.
 * @throws {UsageError}
 */
export function toolArguments(
  tool: string,
  schema: InputSchema,
  others: ReadonlyMap<string, string | true>,
  json: string | undefined,
): JsonObject {
  const result: JsonObject = json === undefined ? {} : parseObject(json);
  const properties = schema.properties ?? {};
  for (const [flag, value] of others) {
    const camel = flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const name = Object.hasOwn(properties, flag) ? flag : camel;
    if (!Object.hasOwn(properties, name)) {
      const known = Object.keys(properties).map((property) => `--${property}`);
      throw new UsageError(`${tool} has no argument --${flag}; it takes ${known.join(', ') || 'none'}`);
    }
    result[name] = typed(flag, value, properties[name]!.type);
  }
  const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(result, name));
  if (missing.length > 0)
    throw new UsageError(`${tool} needs ${missing.map((name) => `--${name}`).join(', ')}`);
  return result;
}

function parseObject(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as Json;
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value;
  } catch {}
  throw new UsageError('--json needs a JSON object');
}

function typed(flag: string, value: string | true, type: string | undefined): Json {
  if (type === 'boolean') {
    if (value === true || value === 'true') return true;
    if (value === 'false') return false;
    throw new UsageError(`--${flag} is true or false`);
  }
  if (value === true) throw new UsageError(`--${flag} needs a value`);
  if (type === 'number' || type === 'integer') {
    const number = Number(value);
    if (value.trim() === '' || !Number.isFinite(number)) throw new UsageError(`--${flag} needs a number`);
    return number;
  }
  if (type === 'array' || type === 'object') {
    try {
      return JSON.parse(value) as Json;
    } catch {
      const example = type === 'array' ? '["a","b"]' : '{"a":"b"}';
      throw new UsageError(`--${flag} needs JSON, such as '${example}'`);
    }
  }
  return value;
}
