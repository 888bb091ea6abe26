import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { artifactText, artifactUrl, makeArtifacts } from './compile.ts';

const installed = ['solc', '@openzeppelin/contracts/package.json'].every((name) => {
  try {
    return import.meta.resolve(name);
  } catch {
    return false;
  }
});
const skip =
  !installed && 'solc and @openzeppelin/contracts are development dependencies, not installed here';

test('the committed artifacts are what the sources compile to', { skip }, async () => {
  const artifacts = Object.entries(await makeArtifacts());
  assert.deepEqual(
    artifacts.map(([name]) => name),
    ['DevnetUsdc', 'SignerWallet', 'AuthorizationReader', 'TransferSimulator', 'Multicall3'],
  );
  for (const [name, artifact] of artifacts)
    assert.equal(await readFile(artifactUrl(name), 'utf8'), artifactText(artifact), name);
});
