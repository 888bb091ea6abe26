/** Why a transaction failed: as the VM's binding says it, as JSON-RPC says it, and in words. */

/** As JSON-RPC has it: `"BlockhashNotFound"`, `{"InstructionError": [2, {"Custom": 1}]}`. */
export type TransactionError = string | { [name: string]: unknown };

/**
 * Reads the error off the debug text of a failed transaction. The binding also gives numbers, but those of enums that
 * exist in its type declarations only; the text has their names.
 */
export function readError(debugText: string): TransactionError {
  const text = /\{ err: (.*?), meta: /s.exec(debugText)?.[1] ?? debugText;
  const instruction = /^InstructionError\((\d+), (.*)\)$/s.exec(text);
  if (instruction) return { InstructionError: [Number(instruction[1]), nested(instruction[2]!)] };
  const account = /^(\w+) \{ account_index: (\d+) \}$/.exec(text);
  if (account) return { [account[1]!]: { account_index: Number(account[2]) } };
  return nested(text);
}

/** `Custom(1)` is `{"Custom": 1}`, a name is itself. */
function nested(text: string): TransactionError {
  const numbered = /^(\w+)\((\d+)\)$/.exec(text);
  return numbered ? { [numbered[1]!]: Number(numbered[2]) } : text;
}

const sentences: Record<string, string> = {
  AlreadyProcessed: 'This transaction has already been processed',
  BlockhashNotFound: 'Blockhash not found',
  AccountNotFound: 'Attempt to debit an account but found no record of a prior credit.',
  InsufficientFundsForFee: 'Insufficient funds for fee',
  SignatureFailure: 'Transaction did not pass signature verification',
};

/** The validator's sentence for an error, as clients look for it in messages. */
export function sentenceOf(error: TransactionError): string {
  if (typeof error === 'string') return sentences[error] ?? error;
  const instruction = error.InstructionError as [number, TransactionError] | undefined;
  if (!instruction) return JSON.stringify(error);
  const [index, why] = instruction;
  const what =
    typeof why === 'object' && typeof why.Custom === 'number'
      ? `custom program error: 0x${why.Custom.toString(16)}`
      : typeof why === 'string'
        ? why
        : JSON.stringify(why);
  return `Error processing Instruction ${index}: ${what}`;
}
