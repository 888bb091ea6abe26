/** biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of the source. */
/** Bugs that the simulation must find: what stands in the source, and what is put in its place. */
export interface Planted {
  name: string;
  edits: { file: string; from: string; to: string }[];
  /** The bug is in a statement of Postgres. */
  postgres?: boolean;
}

export const planted: readonly Planted[] = [
  {
    name: 'skip the claim: one authorization may be claimed twice',
    edits: [
      {
        file: 'test/fakes/memory/keys.ts',
        from: '({ network, asset, payer, nonce }) => [network, asset, payer, nonce]',
        to: '() => undefined',
      },
      {
        file: 'test/fakes/memory/keys.ts',
        from: "state === 'settling' || state === 'paid' ? [network, payer] : undefined",
        to: 'undefined',
      },
      // Where it was claimed already it would be answered from its row.
      {
        file: 'src/door/door.ts',
        from: 'const known = payment && (await findKnown',
        to: 'const known = payment && null && (await findKnown',
      },
    ],
  },
  {
    name: 'a wallet is not taken by a claim: it may have several in flight',
    edits: [
      {
        file: 'test/fakes/memory/keys.ts',
        from: "state === 'settling' || state === 'paid' ? [network, payer] : undefined",
        to: 'undefined',
      },
    ],
  },
  {
    name: 'broadcast before the transaction is stored',
    edits: [
      {
        file: 'src/facilitator/evm/relayer.ts',
        from: `        fees,
      ),
  );`,
        to: `        fees,
      ).then(async (signed) => {
        await chain.broadcast([signed.raw as Hex]);
        return signed;
      }),
  );`,
      },
    ],
  },
  {
    name: 'a new 402 when the settlement takes too long',
    edits: [
      {
        file: 'src/door/door.ts',
        from: "  return { kind: 'purchase', purchase: await view(ports, now, asker) };",
        to: `  if (inFlight(now)) throw new PosternError('invalid_payment', undefined, { reason: 'timeout' });
  return { kind: 'purchase', purchase: await view(ports, now, asker) };`,
      },
    ],
  },
  {
    name: 'after a takeover, settle without looking at state and fence (Postgres)',
    postgres: true,
    edits: [
      {
        file: 'src/door/ledger.ts',
        from: "claims.state = 'settling' and claims.fence = asked.fence and final.state",
        to: 'final.state',
      },
    ],
  },
  {
    name: 'after a takeover, settle without looking at state and fence (memory)',
    edits: [
      {
        file: 'test/fakes/memory/ledger.ts',
        from: "if (claim?.state !== 'settling' || claim.fence !== fence) return {};",
        to: 'if (!claim) return {};',
      },
    ],
  },
  {
    name: 'credit a payment before it has its confirmations',
    edits: [
      {
        file: 'src/facilitator/evm/watch.ts',
        from: 'if (paid && paid.blockNumber <= finalBlock) credits.push(paid);',
        to: 'if (paid) credits.push(paid);',
      },
    ],
  },
  {
    name: 'credit any use of the nonce, without the log pair',
    edits: [
      {
        file: 'src/facilitator/evm/watch.ts',
        from: 'findPayment(receipt.logs, settlement) : undefined;',
        to: 'receipt.logs.find(({ topics: [, , nonce] }) => nonce === settlement.nonce) : undefined;',
      },
    ],
  },
  {
    name: 'deliver before it is paid',
    edits: [
      {
        file: 'src/door/purchase.ts',
        from: 'return ports.ledger.settle(purchase);',
        to: 'return deliver(ports, purchase);',
      },
      { file: 'src/door/purchase.ts', from: 'if (!transactionHash) return undefined;', to: '' },
      {
        file: 'src/door/purchase.ts',
        from: 'transaction: transactionHash,',
        to: "transaction: transactionHash ?? '',",
      },
      {
        file: 'test/fakes/memory/standing.ts',
        from: "if (s.asOwner(() => s.get('settlements', id))?.state !== 'settled') return undefined;",
        to: '',
      },
    ],
  },
  {
    name: 'deliver without looking at state and fence',
    edits: [
      {
        file: 'test/fakes/memory/standing.ts',
        from: 'if (claim?.state !== state || claim.fence !== fence) return undefined;\n  // The',
        to: 'if (!claim) return undefined;\n  // The',
      },
      // One receipt a purchase: without this key a second delivery would fail.
      {
        file: 'test/fakes/memory/keys.ts',
        from: '[({ workspaceId, purchaseId }) => [workspaceId, purchaseId]]',
        to: '[]',
      },
    ],
  },
  {
    name: 'mark it delivered first, and write its effect in another transaction',
    edits: [
      {
        file: 'src/door/purchase.ts',
        from: 'const delivered = await ports.ledger.moveToDelivered(tx, purchase);',
        to: `const delivered = await ports.inWorkspace(workspaceId, (own) =>
      ports.ledger.moveToDelivered(own, purchase),
    );`,
      },
    ],
  },
  {
    name: 'nobody takes over what a silent process left',
    edits: [
      {
        file: 'test/fakes/memory/ledger.ts',
        from: 'isUnderWay(claim) && silent &&',
        to: 'isUnderWay(claim) && false &&',
      },
    ],
  },
  {
    name: 'take a revert for the end',
    edits: [
      {
        file: 'src/facilitator/evm/watch.ts',
        from: 'if (block.timestamp >= validBefore)',
        to: 'if (block.timestamp >= validBefore || receipts.length > 0)',
      },
    ],
  },
  {
    name: 'after a lost acknowledgement, send again under a new account nonce',
    edits: [
      {
        file: 'src/facilitator/evm/relayer.ts',
        from: 'const refusals = await chain.broadcast(transactions.map(({ raw }) => raw as Hex));',
        to: `const refusals = await chain.broadcast(transactions.map(({ raw }) => raw as Hex)).catch(async (error) => {
    for (const id of byId.keys()) for (const { hash } of transactions) await book.requeue(id, hash, 1, 'lost');
    throw error;
  });`,
      },
    ],
  },
  {
    name: 'void on expiry by our own clock, without asking the chain at a final block',
    edits: [
      {
        file: 'src/facilitator/evm/watch.ts',
        from: '  const { book } = ports;\n  const { settlement, receipts } = item;',
        to: '  const { book, clock } = ports;\n  const { settlement, receipts } = item;',
      },
      {
        file: 'src/facilitator/evm/watch.ts',
        from: 'if (block.timestamp >= validBefore)',
        to: 'if (unixSeconds(clock) >= validBefore)',
      },
    ],
  },
  {
    name: 'caps by read, then write',
    edits: [
      {
        file: 'test/fakes/memory/ledger.ts',
        from: 'export function memoryLedger(session: Session, ids: Ids = randomIds): Ledger {',
        to: `const looked = new Map();
export function memoryLedger(session: Session, ids: Ids = randomIds): Ledger {`,
      },
      {
        file: 'test/fakes/memory/ledger.ts',
        from: "session.run((s) => s.get('wallets', workspaceId, payer)?.standing === 'blocked'),",
        to: `session.run((s) => {
        const row = s.get('wallets', workspaceId, payer);
        looked.set(payer, row);
        return row?.standing === 'blocked';
      }),`,
      },
      {
        file: 'test/fakes/memory/ledger.ts',
        from: 'claim: (purchase) => session.run((s) => claim(s, purchase)),',
        to: `claim: (purchase) =>
      session.run((s) => {
        const row = looked.get(purchase.payer);
        if (row) s.put('wallets', row);
        return claim(s, purchase);
      }),`,
      },
    ],
  },
  {
    name: 'deliver what is being refunded',
    edits: [
      {
        file: 'src/door/purchase.ts',
        from: 'return followRefund(ports, purchase);',
        to: 'return deliver(ports, purchase);',
      },
    ],
  },
  {
    name: 'refund twice: begin without looking at the state, under a new nonce each time',
    edits: [
      {
        file: 'test/fakes/memory/debts.ts',
        from: "if (claim?.state !== 'owed' || claim.fence !== fence || !paid) return { kind: 'gone' };",
        to: "if (!claim || !paid) return { kind: 'gone' };",
      },
      {
        file: 'src/door/refunds.ts',
        from: 'const nonce = refundNonceOf(purchase.id);',
        to: 'const nonce = refundNonceOf(`${purchase.id} ${time.now()}`);',
      },
    ],
  },
  {
    name: 'never look again at what was final',
    edits: [
      {
        file: 'src/facilitator/evm/station.ts',
        from: 'if ((await lookAround(state, events)) > 0) watch.hint();',
        to: '',
      },
    ],
  },
  {
    name: 'judge a batch as a whole: what it succeeded with, it paid',
    edits: [
      {
        file: 'src/facilitator/evm/watch.ts',
        from: 'const log = receipt.succeeded ? findPayment(receipt.logs, settlement) : undefined;',
        to: 'const log = receipt.succeeded ? (findPayment(receipt.logs, settlement) ?? receipt.logs[0]) : undefined;',
      },
    ],
  },
  {
    name: 'send again what failed in a batch before the batch is final',
    edits: [
      {
        file: 'src/facilitator/evm/watch.ts',
        from: 'if (failed && failed.blockNumber <= finalBlock) {',
        to: 'if (failed) {',
      },
    ],
  },
  {
    name: 'send again what has no receipt, without asking whether its account nonce is spent',
    edits: [
      {
        file: 'src/facilitator/evm/watch.ts',
        from: '(await finalCount(newest.sender)) > newest.accountNonce',
        to: 'true',
      },
    ],
  },
  {
    name: 'a replacement takes a new account nonce',
    edits: [
      {
        file: 'src/facilitator/evm/nonces.ts',
        from: 'const signed = await signAt(ports, nonce, { to: to!',
        to: 'const signed = await signAt(ports, nonce + 1n, { to: to!',
      },
    ],
  },
  {
    name: 'broadcast a replacement that is not stored',
    edits: [
      {
        file: 'src/facilitator/evm/nonces.ts',
        from: 'if (!(await book.replace(account, nonce, hash!, signed))) return;',
        to: '',
      },
    ],
  },
];
