/** What can be done with what is changed where it stands: once published, everyone sees each change at once. */
import type { OperationName } from '../../api/call.ts';
import { t } from '../../messages/messages.ts';
import type { Deed } from './bar.tsx';
import type { Changing, Draft } from './use-draft.ts';

export function liveDeeds(of: {
  draft: Omit<Draft, 'settle'>;
  changing: Changing;
  published: boolean;
  touches: readonly [list: OperationName, one: OperationName];
  save(): Promise<{ version: number }>;
  /** Publishes it, or withdraws what is published. */
  publish(version: number): Promise<unknown>;
  /** Throws it away; `false` where it has to stay. */
  discard: false | (() => Promise<unknown>);
}): readonly (Deed | false)[] {
  const { draft, changing, published, touches, save, publish, discard } = of;
  const { isChanged, isReady, version } = draft;
  const { busy, change } = changing;
  const publishSaved = async () => publish(isChanged ? (await save()).version : version);
  return [
    discard && {
      id: 'discard',
      title: t('help.discard'),
      look: 'danger',
      sure: t('help.discardSure'),
      disabled: busy,
      run: () => void change(discard, t('help.discarded'), [touches[0]]),
    },
    {
      id: 'publish',
      title: t(published ? 'help.withdraw' : 'help.publish'),
      ...(!published && { look: 'primary' as const }),
      disabled: busy || !isReady || (published && isChanged),
      run: () => void change(publishSaved, t(published ? 'help.nowWithdrawn' : 'help.nowPublished'), touches),
    },
    {
      id: 'save',
      title: t('help.save'),
      keys: 'mod+s',
      ...(published && { look: 'primary' as const }),
      disabled: busy || !isReady || !isChanged,
      run: () => void change(save, t(published ? 'help.savedLive' : 'help.saved'), touches),
    },
  ];
}
