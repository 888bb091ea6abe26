/** Saved replies: texts that one sends often. */
import { useState } from 'react';
import type { OutputOf } from '../../api/call.ts';
import { useAct } from '../../api/queries.ts';
import { Button } from '../../components/button.tsx';
import { TextArea, TextField } from '../../components/field.tsx';
import { Panel } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { Editable } from './editable.tsx';
import { Form, Hint } from './form.tsx';
import { usePaged } from './paged.tsx';

type SavedReply = OutputOf<'list_saved_replies'>['savedReplies'][number];
const touched = ['list_saved_replies', 'list_audit'] as const;

export function Section() {
  const { pages, foot, isEmpty } = usePaged('list_saved_replies', {});
  const replies = pages.flatMap((page) => page.savedReplies);
  const remove = useAct('delete_saved_reply', touched);
  const [editing, setEditing] = useState<string>();
  const close = () => setEditing(undefined);
  return (
    <Panel
      title={t('settings.replies.list')}
      aside={
        <Button size="small" onClick={() => setEditing('new')}>
          {t('settings.replies.add')}
        </Button>
      }
    >
      <Hint>{t('settings.replies.about')}</Hint>
      {editing === 'new' && <Editor onDone={close} />}
      {isEmpty && replies.length === 0 && editing !== 'new' && <Hint>{t('settings.replies.none')}</Hint>}
      <Editable
        label={t('settings.replies')}
        items={replies}
        idOf={({ savedReplyId }) => savedReplyId}
        about={({ body }) => (
          <span className="line-clamp-2 text-xs whitespace-pre-wrap text-muted">{body}</span>
        )}
        editing={editing}
        onEdit={setEditing}
        editor={(reply) => <Editor reply={reply} onDone={close} />}
        removeText={t('settings.replies.removeText')}
        remove={({ savedReplyId }) => remove.mutateAsync({ savedReplyId })}
      />
      {foot}
    </Panel>
  );
}

function Editor({ reply, onDone }: { reply?: SavedReply; onDone(): void }) {
  const create = useAct('create_saved_reply', touched);
  const update = useAct('update_saved_reply', touched);
  const [name, setName] = useState(reply?.name ?? '');
  const [body, setBody] = useState(reply?.body ?? '');
  return (
    <div className="mb-3 rounded-md border border-accent p-3">
      <Form
        done={t('settings.saved')}
        idle={name.trim() === '' || body.trim() === ''}
        onSave={() =>
          reply
            ? update.mutateAsync({ savedReplyId: reply.savedReplyId, name, body })
            : create.mutateAsync({ name, body })
        }
        onDone={onDone}
        onCancel={onDone}
      >
        <TextField
          label={t('settings.name')}
          value={name}
          maxLength={200}
          autoFocus
          onChange={({ target }) => setName(target.value)}
        />
        <TextArea
          label={t('settings.replies.body')}
          hint={t('settings.replies.bodyHint')}
          value={body}
          rows={8}
          onChange={({ target }) => setBody(target.value)}
        />
      </Form>
    </div>
  );
}
