/** What is offered after a sign: saved replies after `;`, filled in by the server; in notes members after `@`. */
import { useMemo } from 'react';
import { call } from '../../api/call.ts';
import { useWhole } from '../../api/whole.ts';
import { say } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { t } from '../../messages/messages.ts';
import type { Offer } from './editor/writing.ts';
import type { Mode } from './keeper.ts';
import { usePeople } from './people.ts';

export function useOffers(ticketId: string, mode: Mode): { ';': readonly Offer[]; '@': readonly Offer[] } {
  const { slug } = useWorkspace();
  const { members } = usePeople();
  const replies = useWhole('list_saved_replies', ({ savedReplies }) => savedReplies);
  return useMemo(
    () => ({
      ';': (replies ?? []).map(({ savedReplyId, name, body }) => ({
        id: savedReplyId,
        label: name,
        hint: body.replace(/\s+/g, ' ').slice(0, 80),
        text: async () => {
          const { text, missing } = await call(slug, 'render_saved_reply', { savedReplyId, ticketId });
          if (missing.length > 0) say(t('editor.missing', { names: missing.join(', ') }), { bad: true });
          return text;
        },
      })),
      '@':
        mode === 'note'
          ? members.map(({ userId, name, email }) => ({
              id: userId,
              label: name,
              hint: email,
              text: () => `@${name} `,
            }))
          : [],
    }),
    [slug, ticketId, mode, members, replies],
  );
}
