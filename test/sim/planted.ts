/**
 * `node test/sim/planted.ts [--seeds 500] [word of a name …]`: does the simulation find what it is for? Bugs are planted
 * one at a time in a copy of the source, and worlds are run until one breaks. Exit code 1 where a bug was not found.
 */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

interface Bug {
  name: string;
  /** File, what stands there, and what is put in its place. */
  edits: [path: string, text: string, instead: string][];
}

const ledger = 'test/fakes/memory/ledger.ts';
const standing = 'test/fakes/memory/standing.ts';

const keys = 'test/fakes/memory/keys.ts';
const authorization = '({ network, asset, payer, nonce }) => [network, asset, payer, nonce]';

const inFlight = "state === 'settling' || state === 'paid' ? [network, payer] : undefined";

const bugs: Bug[] = [
  {
    name: 'one authorization may be claimed twice',
    edits: [
      [keys, authorization, '() => undefined'],
      // The settlements' own key.
      [keys, authorization, '() => undefined'],
      // Each of these alone would keep the second from being delivered.
      [keys, inFlight, 'undefined'],
      [keys, '[network, transactionHash, logIndex],', '[network, transactionHash, logIndex, made++],'],
      [keys, 'const tables = {', 'let made = 0;\nconst tables = {'],
      [
        'src/door/door.ts',
        '  const known = payment && (await findKnown',
        '  const known = payment && null && (await findKnown',
      ],
    ],
  },
  {
    name: 'a wallet may have two purchases in flight',
    edits: [[keys, inFlight, 'undefined']],
  },
  {
    name: 'broadcast before it is stored',
    edits: [
      [
        'src/facilitator/relayer.ts',
        "  return { id: ids('txn'), hash: keccak256(raw), raw };",
        "  await chain.broadcast([raw]);\n  return { id: ids('txn'), hash: keccak256(raw), raw };",
      ],
    ],
  },
  {
    name: 'a new challenge where the outcome is unknown',
    edits: [
      [
        'src/door/door.ts',
        "    if (purchase) return await settled(ports, purchase, 'holder', true);",
        `    if (purchase) {
      const answered = await settled(ports, purchase, 'holder', true);
      if (answered.kind !== 'purchase' || answered.purchase.state !== 'settling') return answered;
      return challenge(shopfront, offer, 'payment_required');
    }`,
      ],
    ],
  },
  {
    name: 'a delivery that asks neither state nor fence',
    edits: [
      [
        standing,
        'if (claim?.state !== state || claim.fence !== fence) return undefined;\n  // The',
        'if (!claim) return undefined;\n  // The',
      ],
      // One receipt a purchase: without this key a second delivery would fail.
      [keys, '[({ workspaceId, purchaseId }) => [workspaceId, purchaseId]]', '[]'],
    ],
  },
  {
    name: 'delivered first, and its effect in a transaction of its own',
    edits: [
      [
        'src/door/purchase.ts',
        '    const delivered = await ports.ledger.moveToDelivered(tx, purchase);',
        `    const delivered = await ports.inWorkspace(workspaceId, (own) => ports.ledger.moveToDelivered(own, purchase));`,
      ],
    ],
  },
  {
    name: 'delivered before it is paid',
    edits: [
      [
        'src/door/purchase.ts',
        '      return ports.ledger.settle(purchase);',
        '      return deliver(ports, purchase);',
      ],
      ['src/door/purchase.ts', '  if (!transactionHash) return undefined;', ''],
      ['src/door/purchase.ts', 'transaction: transactionHash,', "transaction: transactionHash ?? '',"],
      [
        standing,
        "  if (s.asOwner(() => s.get('settlements', id))?.state !== 'settled') return undefined;",
        '',
      ],
    ],
  },
  {
    name: 'credited without the log pair',
    edits: [
      [
        'src/facilitator/watch.ts',
        'const log = receipt.succeeded ? findPayment(receipt.logs, settlement) : undefined;',
        'const log = findPayment(receipt.logs, settlement) ?? { logIndex: receipt.logs.length + 1_000 };',
      ],
    ],
  },
  {
    name: 'credited without confirmations',
    edits: [
      [
        'src/facilitator/watch.ts',
        '    if (paid && paid.blockNumber <= finalBlock) credits',
        '    if (paid) credits',
      ],
      ['src/facilitator/facilitator.ts', 'if ((await lookAround(station, events)) > 0) sent.ring();', ''],
    ],
  },
  {
    name: 'a revert taken for the end',
    edits: [
      [
        'src/facilitator/watch.ts',
        '    await book.requeue(id, newest.hash);',
        "    return book.makeVoid(id, 'reverted');",
      ],
      ['src/facilitator/facilitator.ts', 'if ((await lookAround(station, events)) > 0) sent.ring();', ''],
    ],
  },
  {
    name: 'expired by our clock, and not by a final block',
    edits: [
      [
        'src/facilitator/watch.ts',
        'if (block.timestamp >= validBefore)',
        'if (block.timestamp + 60n >= validBefore)',
      ],
      ['src/facilitator/facilitator.ts', 'if ((await lookAround(station, events)) > 0) sent.ring();', ''],
    ],
  },
  {
    name: 'caps looked at before they are spent',
    edits: [
      [
        'test/fakes/memory/claim.ts',
        '.filter(({ used, asked, most }) => used + asked > most)',
        '.filter(({ used, most }) => used > most)',
      ],
    ],
  },
  {
    name: 'a refund under a new nonce each time',
    edits: [
      [
        'src/door/refunds.ts',
        'keccak256(toHex(purchaseId));',
        'keccak256(toHex(purchaseId + String(made++)));\nlet made = 0;',
      ],
      [
        'test/fakes/memory/debts.ts',
        "if (row?.state !== 'void' || row.payer !== refund.float || row.nonce !== refund.nonce) return false;",
        'if (!row) return false;',
      ],
      [
        'test/fakes/memory/debts.ts',
        '    ...row,\n    state',
        '    ...row,\n    nonce: refund.nonce,\n    state',
      ],
      ['src/door/refunds.ts', "  if (state !== 'void') return purchase;", ''],
    ],
  },
  {
    name: 'what a silent process left is taken over by nobody',
    edits: [[ledger, 'isUnderWay(claim) && silent &&', 'isUnderWay(claim) && false &&']],
  },
];

const { values, positionals } = parseArgs({
  options: { seeds: { type: 'string', default: '500' } },
  allowPositionals: true,
});

const folder = await mkdtemp(join(tmpdir(), 'postern-planted-'));
let missed = 0;
try {
  for (const part of ['src', 'test', 'migrations', 'package.json'])
    await cp(part, join(folder, part), { recursive: true });
  await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  for (const bug of bugs) if (positionals.every((word) => bug.name.includes(word))) await find(bug);
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = missed > 0 ? 1 : 0;

async function find({ name, edits }: Bug): Promise<void> {
  const before = new Map<string, string>();
  for (const [path, text, instead] of edits) {
    const source = await readFile(join(folder, path), 'utf8');
    // The source has moved on, and the bug is planted nowhere.
    if (!source.includes(text)) throw new Error(`${name}: not found in ${path}: ${text}`);
    if (!before.has(path)) before.set(path, source);
    await writeFile(
      join(folder, path),
      source.replace(text, () => instead),
    );
  }
  const output = await simulation();
  for (const [path, source] of before) await writeFile(join(folder, path), source);
  const found = /seed (\d+): (.*)/.exec(output);
  if (!found) missed++;
  process.stdout.write(
    `| ${name} | ${found ? `${found[1]} | ${found[2]}` : `not found | ${output.slice(-300)}`} |\n`,
  );
}

/** What the worlds of the planted source print. */
function simulation(): Promise<string> {
  const child = spawn(process.execPath, ['test/sim/run.ts', '--seeds', values.seeds, '--quiet'], {
    cwd: folder,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  return new Promise((resolve) => child.on('close', () => resolve(output)));
}
