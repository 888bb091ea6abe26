/** The door as a stranger meets it: what is free, and what fails, is counted on the way. */
import type { Answer, Call, Door, Shopfront } from '../door/types.ts';
import { decodePayment, type PaymentSources } from '../door/wire/payment.ts';
import { type ErrorCode, PosternError } from '../kernel/errors.ts';
import type { Client } from './client-address.ts';
import type { Limits } from './limits.ts';

export interface Gate {
  /** @throws {PosternError} `workspace_not_found`, `rate_limited` */
  shopfront(client: Client, slug: string): Promise<Shopfront>;
  /**
   * One call at a shopfront of `shopfront`, with the payment wherever it stands. @throws {PosternError} as `Door.call` and `decodePayment`;
   * `rate_limited`, `busy`
   */
  call(
    client: Client,
    shopfront: Shopfront,
    call: Omit<Call, 'payment' | 'admit' | 'workspace'>,
    sources: PaymentSources,
  ): Promise<Answer>;
}

/** Calls with a payment that one process carries at once. Each may wait for its settlement, with its body in memory. */
const maxPaidAtOnce = 2_000;

/** What is not the payer's doing. */
const notTheirs: ReadonlySet<ErrorCode> = new Set(['no_network', 'sells_nothing', 'internal', 'busy']);

export function createGate(door: Pick<Door, 'shopfront' | 'call'>, limits: Limits): Gate {
  /** Slugs that were found: their shopfronts are in memory. Every other one costs a look at the database. */
  const known = new Set<string>();
  let paidAtOnce = 0;

  async function shopfront(client: Client, slug: string): Promise<Shopfront> {
    if (!known.has(slug)) await limits.read(client);
    try {
      const found = await door.shopfront(slug);
      known.add(slug);
      return found;
    } catch (error) {
      known.delete(slug);
      throw error;
    }
  }

  async function paidCall(
    client: Client,
    workspaceId: string,
    work: (admit: () => Promise<void>) => Promise<Answer>,
  ): Promise<Answer> {
    await limits.mayPay(client, workspaceId, false);
    if (paidAtOnce >= maxPaidAtOnce) throw new PosternError('busy');
    paidAtOnce += 1;
    try {
      const answer = await work(() => limits.mayPay(client, workspaceId, true));
      await judge(client, workspaceId, answer);
      return answer;
    } catch (error) {
      if (error instanceof PosternError && !notTheirs.has(error.code))
        await limits.paid(client, workspaceId, false);
      throw error;
    } finally {
      paidAtOnce -= 1;
    }
  }

  /** Asked to pay again, or void: it failed. What is on its way has done neither yet. */
  async function judge(client: Client, workspaceId: string, answer: Answer): Promise<void> {
    if (answer.kind === 'result') return;
    const state = answer.kind === 'challenge' ? 'void' : answer.purchase.state;
    if (state === 'void' || state === 'delivered')
      await limits.paid(client, workspaceId, state === 'delivered');
  }

  return {
    shopfront,
    async call(client, { workspace, offers }, asked, sources) {
      const call = { ...asked, workspace: workspace.slug };
      if (offers.get(asked.operation)?.priceAtomic === null) await limits.read(client, workspace.id);
      if (!carriesPayment(sources)) return door.call({ ...call, payment: undefined });
      return paidCall(client, workspace.id, (admit) =>
        door.call({ ...call, payment: decodePayment(sources), admit }),
      );
    },
  };
}

const carriesPayment = ({ v1, v2, meta = [] }: PaymentSources): boolean =>
  v1 !== undefined || v2 !== undefined || meta.length > 0;
