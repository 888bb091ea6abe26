/** A transfer of our own, such as a refund: the layout of a payment, signed by its owner, our fee payer's place left open. */
import {
  associatedTokenAddress,
  computeUnitLimit,
  computeUnitPrice,
  memo,
  transferChecked,
} from '../../chains/svm/instructions.ts';
import { encodeTransaction, makeTransaction, signWith } from '../../chains/svm/transaction.ts';
import type { SignedTransfer, Transfer } from '../demand.ts';
import type { SvmPorts } from './send.ts';

/** A transfer and a memo of 66 characters take some 30,000 units. */
const computeUnits = 60_000;

/** @throws {Error} in words for an operator: too little is there, or nothing to send it to */
export async function signTransfer(
  { chain, account }: Pick<SvmPorts, 'chain' | 'account'>,
  { from, to, amountAtomic, memo: text }: Transfer,
  slot: bigint,
): Promise<SignedTransfer> {
  const { asset: mint, tokenProgram, decimals, name } = chain.network;
  const [source, destination] = await Promise.all(
    [from.address, to].map((owner) => associatedTokenAddress({ owner, mint, tokenProgram })),
  );
  const [held, there] = await chain.tokenAccounts([source!, destination!]);
  if (!held || held.amountAtomic < amountAtomic)
    throw new Error(`the float ${from.address} holds less than the amount on ${name}`);
  if (!there) throw new Error(`${to} has closed its token account on ${name}`);
  const { blockhash, lastValidBlockHeight } = await chain.latestBlockhash();
  const made = makeTransaction({
    feePayer: account.address,
    blockhash,
    instructions: [
      computeUnitLimit(computeUnits),
      computeUnitPrice(1n),
      transferChecked({
        source: source!,
        destination: destination!,
        mint,
        authority: from.address,
        amountAtomic,
        decimals,
        tokenProgram,
      }),
      memo(text),
    ],
  });
  const signed = await signWith(made, [from]);
  return {
    nonce: signed.messageHash,
    signature: encodeTransaction(signed),
    validBefore: lastValidBlockHeight,
    atBlock: slot,
  };
}
