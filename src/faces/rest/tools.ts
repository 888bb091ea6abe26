import type { Hono } from 'hono';
import { SIGN_IN_WITH_X } from '../../door/sign-in.ts';
import type { Answer, Offer, Shopfront, Terms } from '../../door/types.ts';
import { challengeFor } from '../../door/wire/challenge.ts';
import { toolUrl } from '../../door/wire/resource.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { ClientOf } from '../client-address.ts';
import type { Gate } from '../gate.ts';
import { refuseCredential } from '../http-bearer.ts';
import { readJson } from '../http-body.ts';
import { purchaseError, purchaseHeaders, withheldOutput } from '../http-purchase.ts';
import { json, noStore, problem, wrongMethod } from '../http-reply.ts';

const path = '/api/x402/tools/:workspace/:tool';

interface ToolsPorts {
  gate: Gate;
  clientOf: ClientOf;
  publicUrl: string;
}

interface Call {
  workspace: string;
  tool: string;
  /** Absolute. */
  url: string;
  publicUrl: string;
}

/**
 * `POST /api/x402/tools/{workspace}/{tool}`: the operations for agents that speak HTTP and x402 but no MCP. The body
 * is the arguments, the answer's body the output. Errors are problem documents, thrown to the app's handler.
 */
export function mountTools(app: Hono, { gate, clientOf, publicUrl }: ToolsPorts): void {
  app.post(path, async (c) => {
    const { workspace, tool } = c.req.param();
    const client = clientOf(c);
    const call = { workspace, tool, publicUrl, url: toolUrl(publicUrl, workspace, tool) };
    refuseCredential(c.req.header('authorization'), publicUrl);
    try {
      const input = objectOf(await readJson(c.req.raw));
      const sources = { v1: c.req.header('x-payment'), v2: c.req.header('payment-signature') };
      const asked = { operation: tool, input, signIn: c.req.header(SIGN_IN_WITH_X) };
      const shopfront = await gate.shopfront(client, workspace);
      return render(await gate.call(client, shopfront, asked, sources), call);
    } catch (error) {
      if (!(error instanceof PosternError) || error.code !== 'invalid_payment') throw error;
      return askAgain(error, offerIn(await gate.shopfront(client, workspace), tool), call);
    }
  });
  app.all(path, () => wrongMethod('POST, OPTIONS'));
}

function objectOf(body: unknown): JsonObject {
  if (body !== null && typeof body === 'object' && !Array.isArray(body)) return body as JsonObject;
  throw new PosternError('invalid_request', 'The body must be a JSON object: the arguments.');
}

function offerIn({ offers }: Shopfront, tool: string): Offer {
  const offer = offers.get(tool);
  if (!offer) throw new PosternError('tool_not_found');
  return offer;
}

function render(answer: Answer, call: Call): Response {
  switch (answer.kind) {
    case 'result':
      return json(answer.output);
    case 'challenge':
      return challenge(answer.offer, answer.terms, answer.reason, call);
    case 'purchase': {
      const { purchase } = answer;
      const headers = purchaseHeaders(purchase, call.publicUrl);
      const error = purchaseError(purchase, call.publicUrl);
      return error
        ? problem(error, headers)
        : json(purchase.output ?? withheldOutput(purchase), 200, headers);
    }
  }
}

function askAgain(error: PosternError, offer: Offer, call: Call): Response {
  if (offer.terms.length === 0) throw error;
  const reason = typeof error.data?.reason === 'string' ? error.data.reason : 'invalid_payment';
  return challenge(offer, offer.terms, reason, call);
}

function challenge(offer: Offer, terms: readonly Terms[], reason: string, { url }: Call): Response {
  const prepared = challengeFor(offer, terms, { url, kind: 'http' });
  return json(prepared.v1(reason), 402, { 'PAYMENT-REQUIRED': prepared.header(reason), ...noStore });
}
