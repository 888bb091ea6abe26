/** Which model drafts: the one that is configured, or the one that needs none. */
import type { Logger } from '../kernel/log.ts';
import type { InWorkspace } from '../store/database.ts';
import { postgresBudget } from './budget.ts';
import { extractive } from './extractive.ts';
import type { Model } from './model.ts';
import type { RemoteSettings } from './remote.ts';

export async function chooseModel(
  settings: (RemoteSettings & { tokensPerDay: number }) | undefined,
  { inWorkspace, log }: { inWorkspace: InWorkspace; log: Logger },
): Promise<Model> {
  if (!settings) return extractive;
  // The SDK is loaded by who uses it.
  const { remoteModel } = await import('./remote.ts');
  return remoteModel(settings, { budget: postgresBudget(inWorkspace, settings.tokensPerDay), log });
}
