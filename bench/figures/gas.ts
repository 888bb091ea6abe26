import type { Hex } from 'viem';
import { encodeEventTopics } from 'viem';
import { eip3009Abi } from '../../src/chains/evm/eip3009.ts';
import type { Beside, Figure } from '../bench.ts';
import { rpc, rpcBatch, withSecondBlocks } from '../chain.ts';
import { paidCalls } from '../payments.ts';
import { benchToken, type Side } from '../side.ts';
import { measured, median } from '../table.ts';

/** Calls that are paid one after the other, to see what a payment takes alone. */
const aloneCalls = 5;
const seconds = 5;

/** Gas per payment, from the receipts: in the largest batch that 256 wallets bring about, and as it came, against one alone. */
export const gas: Figure<Beside> = async ({ sides, load, callers, runs, scale }) => {
  if (!sides.ours) return [];
  const side = sides.ours;
  const results = [];
  const referenceAlone = median((await alone(sides.reference)).map(gasEach));
  for (let run = 0; run < runs; run += 1) {
    const one = median((await alone(side)).map(gasEach));
    const sent = await transactionsDuring(side, async () => {
      const rows = await paidCalls(side, callers, seconds + 1);
      const bound = Math.max(2, seconds * scale);
      await withSecondBlocks(side.rpcUrl, () =>
        load.run({ kind: 'rows', rows, expect: 'settled', seconds: bound }),
      );
    });
    const largest = sent.toSorted((a, b) => b.payments - a.payments)[0]!;
    results.push({ one, sent, largest });
  }
  const sum = (of: (transaction: Settled) => number, sent: Settled[]) =>
    sent.reduce((total, transaction) => total + of(transaction), 0);
  const mean = ({ sent }: { sent: Settled[] }) =>
    sum(({ gasUsed }) => gasUsed, sent) / sum(({ payments }) => payments, sent);
  const size = median(results.map(({ sent }) => sum(({ payments }) => payments, sent) / sent.length));
  const largest = Math.max(...results.map((result) => result.largest.payments));
  const rest = {
    unit: 'gas',
    reference: measured(results.map(({ one }) => one)),
    beside: `the same door’s payment alone; the reference stack’s takes ${Math.round(referenceAlone).toLocaleString('en')}`,
    aim: { atMostTimesReference: 0.75 },
  };
  return [
    {
      figure: `gas per payment, ${largest} in a transaction`,
      ours: measured(results.map((result) => gasEach(result.largest))),
      ...rest,
    },
    {
      figure: `gas per payment, 256 wallets (${size.toFixed(1)} in a transaction)`,
      ours: measured(results.map(mean)),
      ...rest,
    },
  ];

  function alone(of: Side): Promise<Settled[]> {
    return transactionsDuring(of, async () => {
      const rows = await paidCalls(of, callers.slice(0, 1), aloneCalls);
      await load.run({ kind: 'rows', rows, expect: 'settled' });
    });
  }
};

/** A transaction and the payments that its logs show. */
interface Settled {
  gasUsed: number;
  payments: number;
}

const gasEach = ({ gasUsed, payments }: Settled): number => gasUsed / payments;

const [usedTopic] = encodeEventTopics({ abi: eip3009Abi, eventName: 'AuthorizationUsed' });

interface Receipt {
  gasUsed: Hex;
  logs: { address: Hex; topics: Hex[] }[];
}

/** The transactions with payments that came into blocks while `work` ran. */
async function transactionsDuring({ rpcUrl }: Side, work: () => Promise<void>): Promise<Settled[]> {
  const from = Number(await rpc<Hex>(rpcUrl, 'eth_blockNumber')) + 1;
  await work();
  const to = Number(await rpc<Hex>(rpcUrl, 'eth_blockNumber'));
  const asset = benchToken.asset.toLowerCase();
  const calls = Array.from({ length: to - from + 1 }, (_, i) => ({
    method: 'eth_getBlockReceipts',
    params: [`0x${(from + i).toString(16)}`],
  }));
  const receipts = (await rpcBatch<Receipt[]>(rpcUrl, calls)).flat();
  return receipts
    .map(({ gasUsed, logs }) => ({
      gasUsed: Number(gasUsed),
      payments: logs.filter(
        ({ address, topics }) => address.toLowerCase() === asset && topics[0] === usedTopic,
      ).length,
    }))
    .filter(({ payments }) => payments > 0);
}
