/** Macros: several steps that one takes at once. */
import { useState } from 'react';
import type { OutputOf } from '../../api/call.ts';
import { useAct } from '../../api/queries.ts';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { Panel } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { type MacroStep, Steps } from './do.tsx';
import { Editable } from './editable.tsx';
import { Form, Hint } from './form.tsx';
import { usePaged } from './paged.tsx';

type Macro = OutputOf<'list_macros'>['macros'][number];
const touched = ['list_macros', 'list_audit'] as const;

export function Section() {
  const { pages, foot, isEmpty } = usePaged('list_macros', {});
  const macros = pages.flatMap((page) => page.macros);
  const remove = useAct('delete_macro', touched);
  const [editing, setEditing] = useState<string>();
  const close = () => setEditing(undefined);
  return (
    <Panel
      title={t('settings.macros.list')}
      aside={
        <Button size="small" onClick={() => setEditing('new')}>
          {t('settings.macros.add')}
        </Button>
      }
    >
      <Hint>{t('settings.macros.about')}</Hint>
      {editing === 'new' && <Editor onDone={close} />}
      {isEmpty && macros.length === 0 && editing !== 'new' && <Hint>{t('settings.macros.none')}</Hint>}
      <Editable
        label={t('settings.macros')}
        items={macros}
        idOf={({ macroId }) => macroId}
        about={({ actions }) => (
          <span className="block text-xs text-muted">
            {actions.map(({ kind }) => t(`settings.do.${kind}`)).join(' · ')}
          </span>
        )}
        editing={editing}
        onEdit={setEditing}
        editor={(macro) => <Editor macro={macro} onDone={close} />}
        removeText={t('settings.macros.removeText')}
        remove={({ macroId }) => remove.mutateAsync({ macroId })}
      />
      {foot}
    </Panel>
  );
}

function Editor({ macro, onDone }: { macro?: Macro; onDone(): void }) {
  const create = useAct('create_macro', touched);
  const update = useAct('update_macro', touched);
  const [name, setName] = useState(macro?.name ?? '');
  const [actions, setActions] = useState<MacroStep[]>(macro?.actions ?? []);
  return (
    <div className="mb-3 rounded-md border border-accent p-3">
      <Form
        done={t('settings.saved')}
        idle={name.trim() === '' || actions.length === 0}
        onSave={() =>
          macro
            ? update.mutateAsync({ macroId: macro.macroId, name, actions })
            : create.mutateAsync({ name, actions })
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
        <Steps of="macros" steps={actions} onChange={setActions} />
      </Form>
    </div>
  );
}
