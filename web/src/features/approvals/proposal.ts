import type { OutputOf } from '../../api/call.ts';
import { t } from '../../messages/messages.ts';
import { shortWallet } from '../inbox/people.ts';

export type Proposal = OutputOf<'list_proposals'>['proposals'][number];

/** Who proposed it, as people are told. */
export function proposerOf({ wallet, credentialId, model }: Proposal): string {
  if (wallet) return t('approvals.byWallet', { wallet: shortWallet(wallet) });
  if (credentialId) return t('approvals.byCredential', { id: credentialId });
  return model ? t('approvals.byModel', { name: model }) : t('approvals.byColleague');
}
