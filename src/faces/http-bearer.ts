/** Bearer tokens. What one holds is never logged and stands in no answer. */
import { PosternError } from '../kernel/errors.ts';
import { secretPrefix } from '../people/credentials.ts';

/** The token of an `Authorization` header; undefined where there is none of its form. */
export const bearerToken = (authorization: string | undefined): string | undefined =>
  /^Bearer +([\w.~+/-]{1,200}=*) *$/i.exec(authorization ?? '')?.[1];

/**
 * At the anonymous door a credential buys nothing, and an agent that sends one there is told where to go.
 * @throws {PosternError} `invalid_request`
 */
export function refuseCredential(authorization: string | undefined, publicUrl: string): void {
  if (!authorization?.split(/\s+/).some((word) => word.startsWith(secretPrefix))) return;
  throw new PosternError(
    'invalid_request',
    `This door is for strangers, who pay by the call. A credential of the workspace's own agents goes to ${publicUrl}/api/mcp.`,
  );
}
