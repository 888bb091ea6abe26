/** The tags in use. */
import { useState } from 'react';
import { call } from '../../api/call.ts';
import { invalidate } from '../../api/queries.ts';
import { useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { Panel } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { AskingButton, Form, Hint, Row, Rows } from './form.tsx';
import { usePaged } from './paged.tsx';

const touched = [
  ...(['list_tags', 'list_tickets', 'get_ticket', 'list_views', 'show_view', 'list_proposals'] as const),
  ...(['list_rules', 'list_macros', 'list_sla_policies', 'get_desk_settings', 'list_audit'] as const),
];

export function Section() {
  const { pages, foot, isEmpty } = usePaged('list_tags', {});
  const tags = pages.flatMap((page) => page.tags);
  const { slug } = useWorkspace();
  const [renaming, setRenaming] = useState<string>();
  /** So many tickets at a time, until none is left. */
  const rename = async (tag: string, to: string | null) => {
    try {
      for (;;) {
        const { left, changed } = await call(slug, 'rename_tag', { tag, to });
        if (left === 0 || changed === 0) return;
      }
    } finally {
      await invalidate(slug, touched);
    }
  };
  return (
    <Panel>
      <Hint>{t('settings.tags.about')}</Hint>
      {isEmpty && tags.length === 0 && <Hint>{t('settings.tags.none')}</Hint>}
      <Rows label={t('settings.tags')}>
        {tags.map(({ tag, tickets }) => (
          <Row
            key={tag}
            aside={
              <>
                <Button
                  size="small"
                  aria-label={t('settings.tags.renameNamed', { tag })}
                  onClick={() => setRenaming(tag)}
                >
                  {t('settings.tags.rename')}
                </Button>
                <AskingButton
                  label={t('settings.remove')}
                  name={t('settings.tags.removeNamed', { tag })}
                  question={t('settings.tags.removeNamed', { tag })}
                  text={t('settings.tags.removeText', { count: tickets })}
                  done={t('settings.tags.removed', { tag })}
                  run={() => rename(tag, null)}
                />
              </>
            }
          >
            <span className="font-medium">{tag}</span>{' '}
            <span className="text-muted">{t('settings.tags.tickets', { count: tickets })}</span>
          </Row>
        ))}
      </Rows>
      {foot}
      <Dialog
        open={renaming !== undefined}
        onClose={() => setRenaming(undefined)}
        title={t('settings.tags.renameNamed', { tag: renaming ?? '' })}
        description={t('settings.tags.renameText')}
      >
        {renaming !== undefined && (
          <Rename tag={renaming} onRename={rename} onDone={() => setRenaming(undefined)} />
        )}
      </Dialog>
    </Panel>
  );
}

function Rename(props: { tag: string; onRename(tag: string, to: string): Promise<unknown>; onDone(): void }) {
  const { tag, onRename, onDone } = props;
  const [to, setTo] = useState(tag);
  return (
    <Form
      label={t('settings.tags.rename')}
      done={t('settings.tags.renamed', { tag, to })}
      idle={to === tag || to === ''}
      onSave={() => onRename(tag, to)}
      onDone={onDone}
      onCancel={onDone}
    >
      <TextField
        label={t('settings.tags.newName')}
        value={to}
        maxLength={50}
        autoFocus
        onChange={({ target }) => setTo(target.value)}
      />
    </Form>
  );
}
