import type { MiddlewareHandler } from 'hono';

const asks = 'x-postern-refusals';
const says = 'x-postern-status';

/**
 * To the app a refusal is an answer: what somebody typed was not good, or a colleague was faster. Browsers write every 4xx
 * into the console as a fault, so it asks, by `x-postern-refusals: in-body`, for the same body under 200 and reads the
 * status in `x-postern-status`. Whoever does not ask is told as HTTP does it.
 */
export const refusalsInBody: MiddlewareHandler = async (c, next) => {
  await next();
  const { status, headers, body } = c.res;
  if (c.req.header(asks) !== 'in-body' || status < 400 || status >= 500) return;
  const said = new Headers(headers);
  said.set(says, String(status));
  c.res = undefined;
  c.res = new Response(body, { status: 200, headers: said });
};
