import type { DoorCounts } from '../door/counts.ts';
import { PosternError } from '../kernel/errors.ts';
import type { Gate } from './gate.ts';

/** The same gate, what it challenges and refuses counted. What it answers and throws is left as it is. */
export function countedGate(gate: Gate, counts: Pick<DoorCounts, 'challenged' | 'refused'>): Gate {
  return {
    shopfront: gate.shopfront,
    async call(client, shopfront, asked, sources) {
      const { id } = shopfront.workspace;
      try {
        const answer = await gate.call(client, shopfront, asked, sources);
        if (answer.kind === 'challenge') {
          if (answer.reason === 'payment_required') counts.challenged(id, asked.operation);
          else counts.refused(id, asked.operation, answer.reason);
        }
        return answer;
      } catch (error) {
        counts.refused(id, asked.operation, reasonOf(error));
        throw error;
      }
    },
  };
}

/** A payment that does not meet the terms has its reason with it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof PosternError)) return 'internal';
  const { code, data } = error;
  return code === 'invalid_payment' && typeof data?.reason === 'string' ? data.reason : code;
}
