import type { JsonObject } from './json.ts';

/**
 * Every error that a caller can see, in one table. A face translates an entry into its own protocol and adds nothing.
 *
 * - `http`: status on plain HTTP, and of the MCP endpoint where the error is about the request or the payment.
 * - `rpc`: JSON-RPC code. Ours lie outside -32768..-32000, which JSON-RPC reserves.
 * - `retryable`: whether the same call, unchanged, can succeed later.
 * - `message`: the default text; `PosternError.message` may say it more closely.
 */
export const errorTable = {
  parse_error: { http: 400, rpc: -32700, retryable: false, message: 'The body is not valid JSON.' },
  invalid_request: { http: 400, rpc: -32600, retryable: false, message: 'The request is malformed.' },
  batch_not_supported: {
    http: 400,
    rpc: -32600,
    retryable: false,
    message: 'JSON-RPC batches are not accepted; send one request at a time.',
  },
  body_too_large: { http: 413, rpc: -32600, retryable: false, message: 'The body is larger than 384 KB.' },
  method_not_found: { http: 404, rpc: -32601, retryable: false, message: 'No such method.' },
  method_not_allowed: {
    http: 405,
    rpc: -32600,
    retryable: false,
    message: 'This address does not take that HTTP method.',
  },
  invalid_params: { http: 400, rpc: -32602, retryable: false, message: 'The parameters are malformed.' },
  // The next two have their codes from MCP's revision 2026-07-28.
  unsupported_version: { http: 400, rpc: -32022, retryable: false, message: 'Unsupported protocol version.' },
  header_mismatch: {
    http: 400,
    rpc: -32020,
    retryable: false,
    message: 'The protocol headers do not say what the body says.',
  },
  host_not_allowed: {
    http: 403,
    rpc: -32600,
    retryable: false,
    message: 'This host name is not served here.',
  },
  not_found: { http: 404, rpc: -32602, retryable: false, message: 'Nothing is here.' },
  workspace_not_found: {
    http: 404,
    rpc: -32602,
    retryable: false,
    message: 'No workspace has this address.',
  },
  tool_not_found: {
    http: 404,
    rpc: -32602,
    retryable: false,
    message: 'This workspace has no tool of that name.',
  },
  invalid_arguments: {
    http: 422,
    rpc: -32602,
    retryable: false,
    message: 'The arguments do not fit the tool.',
  },
  sign_in_refused: {
    http: 403,
    rpc: 4031,
    retryable: false,
    message: 'The sign-in is not a fresh one of this wallet for this server.',
  },
  unauthorized: { http: 401, rpc: 4010, retryable: false, message: 'No token, or not a good one.' },
  not_permitted: { http: 403, rpc: 4030, retryable: false, message: 'The caller may not do this.' },
  conflict: {
    http: 409,
    rpc: 4090,
    retryable: false,
    message: 'What the call would change has changed meanwhile.',
  },
  payment_required: { http: 402, rpc: 402, retryable: false, message: 'This tool is paid for by the call.' },
  invalid_payment: { http: 402, rpc: 402, retryable: false, message: 'The payment does not meet the terms.' },
  malformed_payment: {
    http: 400,
    rpc: 4000,
    retryable: false,
    message: 'The payment header cannot be decoded.',
  },
  two_payments: { http: 400, rpc: 4001, retryable: false, message: 'Send one payment, not several.' },
  payment_header_too_large: {
    http: 431,
    rpc: 4002,
    retryable: false,
    message: 'The payment header is larger than 8 KB.',
  },
  authorization_conflict: {
    http: 409,
    rpc: 4091,
    retryable: false,
    message: 'This authorization already pays for another call.',
  },
  wallet_busy: {
    http: 409,
    rpc: 4092,
    retryable: true,
    message: 'This wallet has a call in flight on this network; one at a time.',
  },
  over_cap: {
    http: 429,
    rpc: 4290,
    retryable: true,
    message: 'This call would go over a cap; nothing was charged.',
  },
  wallet_blocked: {
    http: 403,
    rpc: 4031,
    retryable: false,
    message: 'This workspace has blocked the wallet; nothing was charged.',
  },
  rate_limited: {
    http: 429,
    rpc: 4291,
    retryable: true,
    message: 'Too many requests; nothing was charged.',
  },
  busy: {
    http: 503,
    rpc: 5032,
    retryable: true,
    message: 'Too many paid calls are under way here at once; this one was not looked at.',
  },
  model_unavailable: {
    http: 503,
    rpc: 5033,
    retryable: true,
    message: 'The model does not answer, or its budget for the day is spent.',
  },
  settlement_pending: {
    http: 202,
    rpc: 4021,
    retryable: true,
    message: 'The payment is on its way; ask the status address.',
  },
  settlement_void: {
    http: 402,
    rpc: 4022,
    retryable: false,
    message: 'The authorization can no longer be settled; nothing was charged.',
  },
  purchase_owed: {
    http: 409,
    rpc: 4093,
    retryable: false,
    message: 'Paid and not delivered: the amount is owed to the wallet.',
  },
  sells_nothing: {
    http: 503,
    rpc: 5031,
    retryable: false,
    message: 'This workspace takes no payments on any network that is served here.',
  },
  no_network: {
    http: 503,
    rpc: 5030,
    retryable: true,
    message: 'No network can settle payments at the moment; nothing was charged.',
  },
  internal: {
    http: 500,
    rpc: -32603,
    retryable: true,
    message: 'Something broke on our side; it has been logged.',
  },
} as const satisfies Record<string, { http: number; rpc: number; retryable: boolean; message: string }>;

export type ErrorCode = keyof typeof errorTable;

/** An error that the caller is meant to see. `data` goes onto the wire as it is. */
export class PosternError extends Error {
  override name = 'PosternError';
  readonly code: ErrorCode;
  readonly data: JsonObject | undefined;

  constructor(code: ErrorCode, message?: string, data?: JsonObject) {
    super(message ?? errorTable[code].message);
    this.code = code;
    this.data = data;
  }
}

/** A broken invariant is a defect of ours: it surfaces as 500 and is never caught on the way. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}

/** For the default branch of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new Error(`invariant broken: unexpected ${JSON.stringify(value)}`);
}
