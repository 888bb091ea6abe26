/** What the simulated workspace sells: operations whose whole effect is a row that names the call it was for. */
import { z } from 'zod';
import { forAgents, pricedOperation } from '../../src/catalogue/operation.ts';
import { type Catalogue, createCatalogue } from '../../src/catalogue/registry.ts';
import { findNetwork, type Network } from '../../src/chains/networks.ts';
import type { Shopfront } from '../../src/door/types.ts';
import { PosternError } from '../../src/kernel/errors.ts';
import type { Random } from './random.ts';
import type { Effect, Storage } from './storage.ts';

const input = z.strictObject({ marker: z.string() });
const output = z.object({ effectId: z.string(), marker: z.string() });
const title = 'Simulated';
const summary = 'Leaves a row behind.';
const prepare = async (_: unknown, { marker }: { marker: string }) => ({ marker });

/** @param random decides where a commit refuses, or a computation fails */
export function simulatedCatalogue(
  storage: Storage,
  random: Random,
  refusals: () => number | false,
): Catalogue {
  const commit = async (
    scope: Parameters<ReturnType<typeof pricedOperation>['commit']>[0],
    plan: { marker: string },
  ) => {
    if (scope.caller.kind !== 'wallet') throw new Error('commit runs for a wallet');
    const effect: Effect = {
      workspaceId: scope.workspace.id,
      id: scope.ids('aud'),
      marker: plan.marker,
      wallet: scope.caller.address,
    };
    await storage.effect(scope.tx, effect);
    return { effectId: effect.id, marker: plan.marker };
  };
  const shared = { title, summary, access: forAgents('operator'), input, output, prepare, commit };
  return createCatalogue([
    pricedOperation({ ...shared, name: 'leave', tier: 'draft', price: 20_000n }),
    pricedOperation({
      ...shared,
      name: 'leave_maybe',
      tier: 'draft',
      price: 30_000n,
      async commit(scope, plan) {
        const done = await commit(scope, plan);
        if (random.chance(refusals() || 0)) throw new PosternError('conflict');
        return done;
      },
    }),
    pricedOperation({
      ...shared,
      name: 'compute',
      tier: 'draft',
      price: 50_000n,
      private: true,
      async compute(plan) {
        if (random.chance(refusals() || 0))
          throw random.chance(0.5) ? new Error('it broke') : new PosternError('model_unavailable');
        return { marker: plan.marker };
      },
    }),
  ]);
}

/** What people of the workspace decide, as the world stands now. */
export interface Counter {
  workspace: { id: string; slug: string; name: string };
  prices: Map<string, bigint>;
  payTo: `0x${string}`;
  networks: readonly string[];
}

/** The shopfront as a process with this facilitator would show it. */
export function shopfrontOf(
  { workspace, prices, payTo, networks }: Counter,
  catalogue: Catalogue,
  available: (network: Network) => boolean,
): Shopfront {
  const open = networks.map((name) => findNetwork(name)!).filter(available);
  return {
    workspace,
    takesPayments: true,
    offers: new Map(
      [...catalogue.values()].map((operation) => {
        const amountAtomic = prices.get(operation.name) ?? operation.price!;
        const terms = open.map((network) => ({ network, payTo, amountAtomic, maxTimeoutSeconds }));
        return [operation.name, { operation, priceAtomic: amountAtomic, terms }];
      }),
    ),
  };
}

/** Short, so that runs are short: an authorization that did not land is void soon after. */
const maxTimeoutSeconds = 15;
