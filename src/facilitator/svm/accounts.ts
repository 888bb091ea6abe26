/**
 * The token accounts that money goes to. A payTo that has none cannot be paid; it is made once, by us, within a bound a
 * day, and never inside a payment: there the wallet would name its price.
 */
import { associatedTokenAddress, createAssociatedAccount } from '../../chains/svm/instructions.ts';
import { encodeTransaction, makeTransaction, signWith } from '../../chains/svm/transaction.ts';
import { hand, type SvmPorts } from './send.ts';

/** Rent for one is some 2,000,000 lamports. */
const madePerDay = 20;

export interface Accounts {
  /** Whether this wallet's token account is known to be there; one that is not is looked for at the next pass. */
  has(owner: string): boolean;
  /** Whether there is one that was asked about and not found yet. */
  waiting(): boolean;
  /** Looks for what was asked about, and makes what is missing. */
  keep(ports: SvmPorts): Promise<void>;
}

export function createAccounts(): Accounts {
  const there = new Set<string>();
  const wanted = new Set<string>();
  return {
    has(owner) {
      if (there.has(owner)) return true;
      wanted.add(owner);
      return false;
    },
    waiting: () => wanted.size > 0,
    async keep(ports) {
      if (wanted.size === 0) return;
      const { asset: mint, tokenProgram } = ports.chain.network;
      const owners = [...wanted];
      const addresses = await Promise.all(
        owners.map((owner) => associatedTokenAddress({ owner, mint, tokenProgram })),
      );
      const accounts = await ports.chain.tokenAccounts(addresses);
      for (const [i, owner] of owners.entries()) {
        const account = accounts[i];
        if (!account) await make(ports, owner);
        // An account can be given to another owner; then it is not this wallet's.
        else if (account.owner === owner && account.mint === mint && !account.frozen) {
          there.add(owner);
          wanted.delete(owner);
        }
      }
    },
  };
}

async function make(ports: SvmPorts, owner: string): Promise<void> {
  const { book, chain, account, log } = ports;
  const { name, asset: mint, tokenProgram } = chain.network;
  if (!(await book.mayMakeAccount(name, owner, madePerDay))) return;
  const { blockhash } = await chain.latestBlockhash();
  const made = makeTransaction({
    feePayer: account.address,
    blockhash,
    instructions: [await createAssociatedAccount(account.address, { owner, mint, tokenProgram })],
  });
  const raw = encodeTransaction(await signWith(made, [account]));
  log.info({ owner }, 'a token account is made for a payTo');
  await hand(ports, [{ raw }]);
}
