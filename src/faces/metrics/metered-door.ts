import type { Answer, Door } from '../../door/types.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { Meter } from '../../kernel/meter.ts';
import type { Clock } from '../../kernel/time.ts';

/** The same door, its calls counted and timed. What it answers and throws is left as it is. */
export function meteredDoor(door: Door, meter: Meter, clock: Clock): Door {
  return {
    ...door,
    async call(call) {
      const startedAt = clock();
      const told = (outcome: string) => meter.called(outcome, (clock() - startedAt) / 1000);
      try {
        const answer = await door.call(call);
        told(outcomeOf(answer, meter));
        return answer;
      } catch (error) {
        const known = error instanceof PosternError;
        meter.refused(known ? error.code : 'internal');
        told('refused');
        throw error;
      }
    },
  };
}

function outcomeOf(answer: Answer, meter: Meter): string {
  switch (answer.kind) {
    case 'result':
      return 'free';
    case 'purchase':
      return answer.purchase.state;
    case 'challenge':
      if (answer.reason !== 'payment_required') {
        meter.refused(answer.reason);
        return 'refused';
      }
      meter.challenged(answer.offer.operation.name);
      return 'challenge';
  }
}
