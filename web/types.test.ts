import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { catalogue, generate, generatedFile } from './types.ts';

test('the app knows the catalogue as it is', async () => {
  assert.equal(await readFile(generatedFile, 'utf8'), generate(catalogue));
});
