/**
 * Makes our contracts into the JSON beside them, those of the devnet and the one that reads on any EVM network:
 * `node src/chains/devnet/contracts/compile.ts`.
 * The artifacts are committed, so that a start needs neither the compiler nor OpenZeppelin (both development
 * dependencies). No metadata is appended, so the same sources give the same bytes on any machine;
 * `compile.test.ts` compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Abi, type Hex, multicall3Abi } from 'viem';

export interface Artifact {
  abi: Abi;
  /** What a deployment sends, without constructor arguments. */
  bytecode: Hex;
  /** What lies on the chain afterwards; immutables are zeros here. */
  deployedBytecode: Hex;
}

interface CompilerOutput {
  errors?: { severity: string; formattedMessage: string }[];
  contracts: Record<
    string,
    Record<string, { abi: Abi; evm: { bytecode: { object: string }; deployedBytecode: { object: string } } }>
  >;
}

/** Where each contract's source and artifact lie. */
const folders: Record<string, string> = {
  DevnetUsdc: './',
  SignerWallet: './',
  Multicall3: './',
  AuthorizationReader: '../../evm/contracts/',
  TransferSimulator: '../../evm/contracts/',
};
const compiled = Object.keys(folders).filter((name) => name !== 'Multicall3');
const fileUrl = (name: string, extension: string) =>
  new URL(`${folders[name]}${name}.${extension}`, import.meta.url);

const settings = {
  optimizer: { enabled: true, runs: 10_000 },
  evmVersion: 'cancun',
  metadata: { bytecodeHash: 'none', appendCBOR: false },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
};

/** Where a contract's artifact lies. */
export const artifactUrl = (name: string): URL => fileUrl(name, 'json');

/** An artifact as its file holds it. */
export const artifactText = (artifact: Artifact): string => `${JSON.stringify(artifact, null, 1)}\n`;

async function compileContracts(): Promise<Record<string, Artifact>> {
  const { default: solc } = await import('solc');
  const require = createRequire(import.meta.url);
  const findImport = (path: string) => ({ contents: readFileSync(require.resolve(path), 'utf8') });
  const sources = Object.fromEntries(
    compiled.map((name) => [`${name}.sol`, { content: readFileSync(fileUrl(name, 'sol'), 'utf8') }]),
  );
  const input = JSON.stringify({ language: 'Solidity', sources, settings });
  const output: CompilerOutput = JSON.parse(solc.compile(input, { import: findImport }));
  if (output.errors?.length) throw new Error(output.errors.map((error) => error.formattedMessage).join('\n'));
  return Object.fromEntries(
    compiled.map((name) => {
      const { abi, evm } = output.contracts[`${name}.sol`]![name]!;
      return [
        name,
        { abi, bytecode: `0x${evm.bytecode.object}`, deployedBytecode: `0x${evm.deployedBytecode.object}` },
      ];
    }),
  );
}

/** Multicall3 as viem carries it: in a file that it does not export, hence a copy of ours. */
async function readMulticall3(): Promise<Artifact> {
  const { multicall3Bytecode } = await import(
    new URL('./constants/contracts.js', import.meta.resolve('viem')).href
  );
  const bytecode: Hex = multicall3Bytecode;
  // Its constructor is these 32 bytes, which return the rest as it is.
  const constructorBytes = 32;
  return { abi: multicall3Abi, bytecode, deployedBytecode: `0x${bytecode.slice(2 + 2 * constructorBytes)}` };
}

/**
 * Every artifact, made anew, by contract name.
 * @throws if solc or OpenZeppelin is not installed, or at any error or warning of the compiler
 */
export const makeArtifacts = async (): Promise<Record<string, Artifact>> => ({
  ...(await compileContracts()),
  Multicall3: await readMulticall3(),
});

if (import.meta.main) {
  for (const [name, artifact] of Object.entries(await makeArtifacts()))
    writeFileSync(artifactUrl(name), artifactText(artifact));
}
