/**
 * Servers and database killed with SIGKILL while agents pay; acknowledgements of commits and answers of the node lost.
 * `npm run crash -- --kills 100 --database-kills 20 --seed 7` is the long run; without arguments, the short one.
 */
import { test } from 'node:test';
import { parseArgs } from 'node:util';
import { sleep } from '../../src/kernel/time.ts';
import { termsOf } from '../postern.ts';
import { startAgents } from './agents.ts';
import { checkBooks, settleDown } from './check.ts';
import { type Stand, startStand } from './stand.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '8' },
    'database-kills': { type: 'string', default: '2' },
    agents: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
  },
  strict: false,
});
const kills = Number(values.kills);
const databaseKills = Number(values['database-kills']);

/** Mulberry32: the same kills at about the same moments for the same seed; what races between them is the machine's. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Statements whose acknowledgement is lost now and then: claim, state changes, what the relayer stores, credits. */
const statements = ['insert into claims', 'update claims', 'relayer_transactions', 'credited_logs', 'commit'];

test('after a storm of crashes every purchase is final and the books agree with the chain', {
  timeout: 3_600_000,
}, async () => {
  const random = seeded(Number(values.seed));
  const stand = await startStand(2);
  const wallets = [];
  for (let i = 0; i < Number(values.agents); i++) wallets.push(await stand.ground.fundedWallet());
  const terms = await termsOf(stand.urls()[0]!, 'create_ticket', { subject: 'Terms', body: 'Please.' });
  const ending = new AbortController();
  const agents = startAgents({ wallets, terms, urls: stand.urls, random, signal: ending.signal });
  const lost = disturb(stand, random, ending.signal);

  const startedMs = performance.now();
  await storm(stand, random);
  ending.abort();
  stand.node.loses = () => false;
  stand.node.refuse = () => undefined;
  await agents.ended;
  const acknowledgements = await lost;

  const db = stand.look();
  try {
    await settleDown(db, 120);
    const states = await checkBooks(db, stand.ground, agents.intentions);
    const payments = agents.intentions.flatMap((intention) => intention.payments);
    console.log(
      JSON.stringify({
        kills,
        databaseKills,
        acknowledgementsLost: acknowledgements,
        nodeAnswersLost: answersLost,
        intentions: agents.intentions.length,
        payments: payments.length,
        answers: payments.reduce((sum, { answers }) => sum + answers.length, 0),
        states,
        seconds: Math.round((performance.now() - startedMs) / 1000),
      }),
    );
  } finally {
    await db.destroy();
  }
});

/** The kills, in a random order, each a while after the one before. */
async function storm(stand: Stand, random: () => number): Promise<void> {
  let servers = kills;
  let databases = databaseKills;
  while (servers + databases > 0) {
    await sleep(500 + random() * 2_500);
    if (random() < databases / (servers + databases)) {
      databases--;
      await stand.killDatabase();
    } else {
      servers--;
      await stand.killServer(random() < 0.5 ? 0 : 1);
    }
  }
  await sleep(2_000);
}

let answersLost = 0;

/** Loses a share of what the node and the database say, until the signal. @returns how many acknowledgements. */
async function disturb(stand: Stand, random: () => number, signal: AbortSignal): Promise<number> {
  stand.node.loses = () => {
    const loses = random() < 0.03;
    if (loses) answersLost++;
    return loses;
  };
  stand.node.refuse = () => (random() < 0.02 ? 'cut' : undefined);
  let acknowledgements = 0;
  while (!signal.aborted) {
    await sleep(200 + random() * 600, signal);
    const statement = statements[Math.floor(random() * statements.length)]!;
    void stand.database.lose({ statement }).then(() => acknowledgements++);
  }
  return acknowledgements;
}
