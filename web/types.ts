/**
 * Writes `web/src/api/operations.gen.ts`: what each operation takes and returns, from the catalogue's schemas.
 * `node web/types.ts` writes it, and a test compares.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Catalogue, createCatalogue, inputSchema, outputSchema } from '../src/catalogue/registry.ts';
import { deskOperations } from '../src/desk/operations/index.ts';
import { ticketPurchases } from '../src/door/ticket-purchases.ts';
import type { Json, JsonObject } from '../src/kernel/json.ts';
import { extractive } from '../src/model/extractive.ts';

export const generatedFile = join(import.meta.dirname, 'src/api/operations.gen.ts');

const key = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

/** A JSON Schema, as far as zod writes them, as a TypeScript type. */
function typeOf(schema: JsonObject): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  const choices = (schema.anyOf ?? schema.oneOf) as JsonObject[] | undefined;
  if (choices) return choices.map(typeOf).join(' | ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type })).join(' | ');
  switch (schema.type) {
    case 'string':
      return 'string';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array': {
      const prefix = schema.prefixItems as JsonObject[] | undefined;
      return prefix
        ? `[${prefix.map(typeOf).join(', ')}]`
        : `(${typeOf((schema.items ?? {}) as JsonObject)})[]`;
    }
    case 'object':
      return objectOf(schema);
    default:
      return 'unknown';
  }
}

function objectOf(schema: JsonObject): string {
  const required = new Set((schema.required ?? []) as string[]);
  const fields = Object.entries((schema.properties ?? {}) as Record<string, JsonObject>).map(
    ([name, field]) => `${key(name)}${required.has(name) ? '' : '?'}: ${typeOf(field)};`,
  );
  const more = schema.additionalProperties as Json | undefined;
  if (fields.length === 0 && more && typeof more === 'object')
    return `Record<string, ${typeOf(more as JsonObject)}>`;
  return fields.length === 0 ? 'Record<string, never>' : `{ ${fields.join(' ')} }`;
}

/** The whole file. */
export function generate(catalogue: Catalogue): string {
  const operations = [...catalogue.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(
      (operation) =>
        `  ${operation.name}: { input: ${typeOf(inputSchema(operation))}; output: ${typeOf(outputSchema(operation))} };`,
    );
  return `// Written by \`node web/types.ts\` from the catalogue; a test compares.\n\nexport interface Operations {\n${operations.join('\n')}\n}\n`;
}

/** Only looked at: no operation of it runs. */
export const catalogue: Catalogue = createCatalogue([
  ...deskOperations({
    model: extractive,
    decided: async () => {},
    purchases: { exportPurchases: async () => [], erasePurchases: async () => {} },
    proposers: { walletRecords: async () => new Map(), amountsPaid: async () => new Map() },
    catalogue: () => catalogue,
  }),
  ticketPurchases,
]);

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await writeFile(generatedFile, generate(catalogue));
}
