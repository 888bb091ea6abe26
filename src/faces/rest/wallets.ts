import type { Hono } from 'hono';
import { SIGN_IN_WITH_X } from '../../door/sign-in.ts';
import type { Door } from '../../door/types.ts';
import { PosternError } from '../../kernel/errors.ts';
import { json, noStore, wrongMethod } from '../http-reply.ts';

const path = '/api/wallets/:address';

/**
 * `GET /api/wallets/{address}?workspace={slug}`: how a wallet stands, for everyone; its caps and the reasons for the wallet
 * itself, which signs the challenge in the answer and asks again with header `SIGN-IN-WITH-X`.
 */
export function mountWallets(app: Hono, { door }: { door: Door }): void {
  app.get(path, async (c) => {
    const workspace = c.req.query('workspace');
    if (!workspace) throw new PosternError('invalid_arguments', 'Name the workspace: ?workspace={slug}.');
    const address = c.req.param('address');
    const { signIn, ...wallet } = await door.wallet({
      workspace,
      address,
      signIn: c.req.header(SIGN_IN_WITH_X),
    });
    const extensions = signIn ? { extensions: { [SIGN_IN_WITH_X]: signIn } } : {};
    return json({ workspace, ...wallet, ...extensions }, 200, noStore);
  });
  app.all(path, () => wrongMethod('GET, OPTIONS'));
}
