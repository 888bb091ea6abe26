/** What is pinned in code against what the published packages pin: one wrong letter would be another token. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  SOLANA_DEVNET_CAIP2,
  SOLANA_MAINNET_CAIP2,
  TOKEN_PROGRAM_ADDRESS,
  USDC_DEVNET_ADDRESS,
  USDC_MAINNET_ADDRESS,
} from '@x402/svm';
import { getAddress } from 'viem';
import { getDefaultAsset } from 'x402/shared';
import { evmNetworks, findNetwork, svmNetworks } from './networks.ts';
import { isSvmAddress } from './svm/base58.ts';

test('USDC on Solana is the packages’, under their names for the clusters', () => {
  const pinned = svmNetworks.map(({ name, caip2, asset, tokenProgram }) => [
    name,
    caip2,
    asset,
    tokenProgram,
  ]);
  assert.deepEqual(pinned, [
    ['solana', SOLANA_MAINNET_CAIP2, USDC_MAINNET_ADDRESS, TOKEN_PROGRAM_ADDRESS],
    ['solana-devnet', SOLANA_DEVNET_CAIP2, USDC_DEVNET_ADDRESS, TOKEN_PROGRAM_ADDRESS],
  ]);
  for (const { genesisHash } of svmNetworks) assert.ok(isSvmAddress(genesisHash));
});

test('USDC on EVM chains is that of x402 version 1, address and EIP-712 domain', () => {
  const known = evmNetworks.map(({ name }) => getDefaultAsset(name as Parameters<typeof getDefaultAsset>[0]));
  assert.deepEqual(
    known.map(({ address, eip712 }) => [getAddress(address as string), eip712]),
    evmNetworks.map(({ asset, domain }) => [asset, domain]),
  );
});

test('a network is found by either name, to the letter', () => {
  assert.equal(findNetwork('solana-devnet')?.caip2, SOLANA_DEVNET_CAIP2);
  assert.equal(findNetwork('Solana-Devnet' as string), undefined);
});
