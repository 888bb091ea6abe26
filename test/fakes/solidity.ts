import { readFile } from 'node:fs/promises';
import type { Abi, Hex } from 'viem';

interface Output {
  errors?: { formattedMessage: string }[];
  contracts: Record<string, Record<string, { abi: Abi; evm: { deployedBytecode: { object: string } } }>>;
}

/** Compiles a contract of this folder that imports nothing. @throws {Error} at any error or warning of the compiler */
export async function compileSource(
  file: string,
  name: string,
): Promise<{ abi: Abi; deployedBytecode: Hex }> {
  const { default: solc } = await import('solc');
  const content = await readFile(new URL(file, import.meta.url), 'utf8');
  const input = {
    language: 'Solidity',
    sources: { [file]: { content } },
    settings: {
      evmVersion: 'cancun',
      outputSelection: { '*': { '*': ['abi', 'evm.deployedBytecode.object'] } },
    },
  };
  const output: Output = JSON.parse(solc.compile(JSON.stringify(input)));
  if (output.errors?.length) throw new Error(output.errors.map((error) => error.formattedMessage).join('\n'));
  const { abi, evm } = output.contracts[file]![name]!;
  return { abi, deployedBytecode: `0x${evm.deployedBytecode.object}` };
}
