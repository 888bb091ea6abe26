import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ConfigError, describeSettings, readConfig } from './config.ts';

test('nothing set: a devnet of three networks, in ./data, on port 4020', () => {
  const config = readConfig({});
  assert.equal(config.port, 4020);
  assert.equal(config.dataFolder, './data');
  assert.deepEqual(config.networks, []);
  assert.deepEqual(config.devnet, ['base-sepolia', 'sei-testnet', 'solana-devnet']);
});

test('a real network turns the devnet off', () => {
  const config = readConfig({
    POSTERN_NETWORKS: 'base',
    POSTERN_BASE_RPC_URL: 'https://base.example',
    POSTERN_HOT_KEY_FILE: '/k',
  });
  assert.deepEqual(config.networks, [{ name: 'base', rpcUrl: 'https://base.example' }]);
  assert.deepEqual(config.devnet, []);
});

test('a model is its address and its name; the rest has defaults', () => {
  assert.equal(readConfig({}).model, undefined);
  const set = { POSTERN_MODEL_URL: 'http://127.0.0.1:8080/v1', POSTERN_MODEL: 'small' };
  assert.deepEqual(readConfig(set).model, {
    url: 'http://127.0.0.1:8080/v1',
    key: undefined,
    name: 'small',
    timeoutMs: 30_000,
    maxTokens: 1_500,
    tokensPerDay: 1_000_000,
  });
  assert.equal(readConfig({ ...set, POSTERN_MODEL_KEY: 'sk' }).model?.key, 'sk');
});

test('a bad setting is one line that names it', () => {
  const bad: [Record<string, string>, string][] = [
    [{ PORT: 'x' }, 'PORT'],
    [{ PORT: '70000' }, 'PORT'],
    [{ POSTERN_KEY_PASSPHRASE: 'x', POSTERN_KEY_PASSPHRASE_FILE: '/p' }, 'POSTERN_KEY_PASSPHRASE_FILE'],
    [{ POSTERN_MODEL_URL: 'https://api.example/v1' }, 'POSTERN_MODEL'],
    [{ POSTERN_MODEL_KEY: 'sk' }, 'POSTERN_MODEL_URL'],
    [{ POSTERN_MODEL_URL: 'api.example', POSTERN_MODEL: 'small' }, 'POSTERN_MODEL_URL'],
    [{ POSTERN_MODEL_TOKENS_PER_DAY: '-1' }, 'POSTERN_MODEL_TOKENS_PER_DAY'],
    [{ POSTERN_PUBLIC_URL: 'desk' }, 'POSTERN_PUBLIC_URL'],
    [{ DATABASE_URL: 'mysql://x' }, 'DATABASE_URL'],
    [{ POSTERN_NETWORKS: 'bse' }, 'POSTERN_NETWORKS'],
    [{ POSTERN_DEVNET: 'base' }, 'POSTERN_DEVNET'],
    [{ POSTERN_NETWORKS: 'base', POSTERN_HOT_KEY_FILE: '/k' }, 'POSTERN_BASE_RPC_URL'],
    [{ POSTERN_NETWORKS: 'base', POSTERN_BASE_RPC_URL: 'http://x' }, 'POSTERN_HOT_KEY_FILE'],
    [{ POSTERN_FACILITATOR_URL: 'ftp://x' }, 'POSTERN_FACILITATOR_URL'],
    [{ POSTERN_FACILITATOR_TOKEN: 'x' }, 'POSTERN_FACILITATOR_TOKEN'],
    [{ POSTERN_LOG_LEVEL: 'loud' }, 'POSTERN_LOG_LEVEL'],
    [{ POSTERN_BASE_RPC_URL: 'https://base.example' }, 'POSTERN_BASE_RPC_URL'],
  ];
  for (const [variables, name] of bad)
    assert.throws(
      () => readConfig(variables),
      (error: unknown) =>
        error instanceof ConfigError &&
        error.message.startsWith(`${name}: `) &&
        !error.message.includes('\n'),
    );
});

test('docs/configuration.md holds the table made from the schema', async () => {
  const page = await readFile(new URL('../docs/configuration.md', import.meta.url), 'utf8');
  assert.ok(page.includes(describeSettings()), 'run: node docs/configuration.ts');
});
