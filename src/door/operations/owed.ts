/** What owners ask for what is owed; a running server does it. */
import { z } from 'zod';
import { type EffectOperation, forMembers, houseOperation, type Scope } from '../../catalogue/operation.ts';
import type { Actor } from '../../store/audit.ts';
import { assertOwed, type OwedRequest, requestDelivery, requestRefund } from '../requests.ts';
import * as fields from './fields.ts';

const output = z.object({
  purchaseId: fields.purchaseId,
  asked: z.enum(['refund', 'delivery']).describe('What was asked for. It is done within seconds.'),
});

interface Asked {
  name: string;
  title: string;
  summary: string;
  asked: 'refund' | 'delivery';
}

const askFor = ({ asked, ...about }: Asked): EffectOperation =>
  houseOperation({
    ...about,
    tier: 'draft',
    access: forMembers('owner'),
    input: z.strictObject({ purchaseId: fields.purchaseId, reason: fields.reason }),
    output,
    async prepare({ tx, workspace }, input) {
      const claim = await tx
        .selectFrom('claims')
        .select('state')
        .where('workspaceId', '=', workspace.id)
        .where('id', '=', input.purchaseId)
        .executeTakeFirst();
      assertOwed(claim?.state);
      return input;
    },
    async commit(scope, { purchaseId, reason }) {
      const request: OwedRequest = {
        workspaceId: scope.workspace.id,
        purchaseId,
        actor: memberOf(scope),
        reason,
      };
      await (asked === 'refund' ? requestRefund : requestDelivery)(scope.tx, scope.ids, request);
      return { purchaseId, asked };
    },
  });

const memberOf = ({ caller }: Scope): Actor =>
  caller.kind === 'operator' ? `operator:${caller.id}` : 'system';

export const refundPurchase = askFor({
  name: 'refund_purchase',
  title: 'Pay a purchase back',
  summary:
    'Has what is owed for a purchase paid back to the wallet that paid, from the workspace’s refund float, past the day’s caps if need be. Only for what is paid and not delivered.',
  asked: 'refund',
});

export const deliverPurchase = askFor({
  name: 'deliver_purchase',
  title: 'Deliver a purchase after all',
  summary:
    'Has a purchase that is paid and was not delivered tried once more; where it is refused again it stays owed, with the refusal as its note.',
  asked: 'delivery',
});
