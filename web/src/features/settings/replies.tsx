/** Saved replies: texts that one sends often. */
import { useState } from 'react';
import type { OutputOf } from '../../api/call.ts';
import { useAct } from '../../api/queries.ts';
import { TextArea } from '../../components/field.tsx';
import { t } from '../../messages/messages.ts';
import { EditablePanel, EditableRow, NamedForm } from './editable.tsx';
import { usePaged } from './paged.tsx';
import { Moved, useSeen } from './seen.tsx';

type SavedReply = OutputOf<'list_saved_replies'>['savedReplies'][number];
const touched = ['list_saved_replies', 'list_audit'] as const;

export function Section() {
  const { pages, foot, isEmpty } = usePaged('list_saved_replies', {});
  const remove = useAct('delete_saved_reply', touched);
  return (
    <EditablePanel
      of="replies"
      items={pages.flatMap((page) => page.savedReplies)}
      idOf={({ savedReplyId }) => savedReplyId}
      row={({ savedReplyId, name, body }, onEdit) => (
        <EditableRow
          {...{ name, onEdit }}
          removeText={t('settings.replies.removeText')}
          onRemove={() => remove.mutateAsync({ savedReplyId })}
        >
          <span className="line-clamp-2 text-xs whitespace-pre-wrap text-muted">{body}</span>
        </EditableRow>
      )}
      editor={(reply, onDone) => <Editor reply={reply} onDone={onDone} />}
      {...{ foot, isEmpty }}
    />
  );
}

function Editor({ reply, onDone }: { reply: SavedReply | undefined; onDone(): void }) {
  const create = useAct('create_saved_reply', touched);
  const update = useAct('update_saved_reply', touched);
  const [name, setName] = useState(reply?.name ?? '');
  const [body, setBody] = useState(reply?.body ?? '');
  const { moved, take, insist, save } = useSeen(
    reply && { version: reply.version, part: { name: reply.name, body: reply.body } },
    { name, body },
    (now) => {
      setName(now.name);
      setBody(now.body);
    },
  );
  return (
    <NamedForm
      name={name}
      onName={setName}
      idle={body.trim() === ''}
      onSave={() =>
        reply
          ? save((version) => update.mutateAsync({ savedReplyId: reply.savedReplyId, version, name, body }))
          : create.mutateAsync({ name, body })
      }
      onDone={onDone}
    >
      <TextArea
        label={t('settings.replies.body')}
        hint={t('settings.replies.bodyHint')}
        value={body}
        rows={8}
        onChange={({ target }) => setBody(target.value)}
      />
      {moved && (
        <Moved onTake={take} onInsist={insist}>
          <p className="font-medium">{moved.name}</p>
          {moved.body}
        </Moved>
      )}
    </NamedForm>
  );
}
