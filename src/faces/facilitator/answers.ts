/**
 * What the facilitator answers: the specification's shapes, whatever happened. Whoever asks whether a payment is valid
 * gets a boolean, and whoever settles gets one too, with strings beside it.
 */
import type { ClientSettlement } from '../../facilitator/clients/queue.ts';
import type { Settled } from '../../facilitator/clients/settle.ts';
import { errorTable, type PosternError } from '../../kernel/errors.ts';
import { json, retryAfter } from '../http-reply.ts';

/** Which of the two was asked. */
export type Asked = 'verify' | 'settle';

/** As far as the request could be read. */
export interface About {
  payer?: string;
  /** As the request names it. */
  network?: string;
}

export const validAnswer = (payer: string): Response => json({ isValid: true, payer });

/** @param network as the request names it */
export function settledAnswer(settled: Settled, payer: string, network: string): Response {
  const { transaction = '', settlementId } = settled;
  const extra = settlementId === undefined ? {} : { extra: { settlementId } };
  if (settled.success) return json({ success: true, payer, transaction, network, ...extra });
  const { reason: errorReason, message: errorMessage } = settled;
  return json({ success: false, errorReason, errorMessage, payer, transaction, network, ...extra });
}

/** What a refusal is in x402's words: its own reason, or for the rest the code of our table. */
function reasonOf({ code, data }: PosternError, asked: Asked): string {
  if (typeof data?.reason === 'string') return data.reason;
  if (code === 'internal' || code === 'no_network') return `unexpected_${asked}_error`;
  return code === 'parse_error' || code === 'body_too_large' || code === 'payment_header_too_large'
    ? 'invalid_payload'
    : code;
}

/** A payment that is not good is an answer (200); a request that cannot be read, or that is not heard, is an error. */
const statusOf = ({ code }: PosternError): number =>
  code === 'invalid_payment' ? 200 : code === 'payment_header_too_large' ? 413 : errorTable[code].http;

/** A refusal in the shape of what was asked. */
export function refusedAnswer(error: PosternError, asked: Asked, { payer, network = '' }: About): Response {
  const reason = reasonOf(error, asked);
  const whose = payer === undefined ? {} : { payer };
  const body =
    asked === 'verify'
      ? { isValid: false, invalidReason: reason, invalidMessage: error.message, ...whose }
      : {
          success: false,
          errorReason: reason,
          errorMessage: error.message,
          transaction: '',
          network,
          ...whose,
        };
  const challenge: Record<string, string> =
    error.code === 'unauthorized' ? { 'WWW-Authenticate': 'Bearer' } : {};
  return json(body, statusOf(error), { ...retryAfter(error), ...challenge });
}

/** A settlement as the client that queued it sees it. */
export const settlementAnswer = (settlement: ClientSettlement, network: string): Response => {
  const { id, state, payer, payTo, amountAtomic, transactionHash, lastError, createdAt } = settlement;
  const open = state === 'queued' || state === 'sent';
  return json({
    id,
    state: open ? 'pending' : state,
    network,
    payer,
    payTo,
    amountAtomic: String(amountAtomic),
    transaction: state === 'settled' ? (transactionHash ?? '') : '',
    ...(state === 'void' ? { reason: lastError ?? '' } : {}),
    createdAt: createdAt.toISOString(),
  });
};
