import { z } from 'zod';
import { forMembers, houseOperation } from '../../catalogue/operation.ts';
import { changeOf, setStanding, standingChanges } from '../standing.ts';
import { publicRecord } from '../wallets.ts';
import * as fields from './fields.ts';

export const setWalletStanding = houseOperation({
  name: 'set_wallet_standing',
  title: 'Change how a wallet stands',
  summary:
    'Sets a wallet’s standing by hand: one step up or down, blocked or not any more, or back to what the rules make of its record. The rules leave alone what was set by hand.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({
    wallet: fields.wallet,
    change: z
      .enum(standingChanges)
      .describe(
        '`promote`, `demote`: one step between new, known and trusted. `block`: it may buy nothing. `unblock`, `reset`: what its record comes to, and the rules see to it from then on.',
      ),
    reason: fields.reason,
  }),
  output: z.object({
    wallet: fields.wallet,
    from: z.enum(fields.standings).describe('How it stood.'),
    to: z.enum(fields.standings).describe('How it stands.'),
  }),
  async prepare({ tx, workspace }, { wallet, change, reason }) {
    const address = fields.addressOf(wallet);
    const { standing } = await publicRecord(tx, workspace.id, address);
    return { wallet: address, to: changeOf(change, standing), reason };
  },
  async commit({ tx, ids, workspace, caller }, { wallet, to, reason }) {
    const operator = caller.kind === 'operator' ? caller.id : 'house';
    const change = { workspaceId: workspace.id, wallet, to, operator, reason };
    return { wallet, ...(await setStanding(tx, ids, change)) };
  },
});
