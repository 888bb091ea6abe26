/** Macros: several steps that one takes at once. */
import { useState } from 'react';
import type { OutputOf } from '../../api/call.ts';
import { useAct } from '../../api/queries.ts';
import { t } from '../../messages/messages.ts';
import { type MacroStep, Steps, StepsShown } from './do.tsx';
import { EditablePanel, EditableRow, NamedForm } from './editable.tsx';
import { usePaged } from './paged.tsx';
import { Moved, useSeen } from './seen.tsx';

type Macro = OutputOf<'list_macros'>['macros'][number];
const touched = ['list_macros', 'list_audit'] as const;

export function Section() {
  const { pages, foot, isEmpty } = usePaged('list_macros', {});
  const remove = useAct('delete_macro', touched);
  return (
    <EditablePanel
      of="macros"
      items={pages.flatMap((page) => page.macros)}
      idOf={({ macroId }) => macroId}
      row={({ macroId, name, actions }, onEdit) => (
        <EditableRow
          {...{ name, onEdit }}
          removeText={t('settings.macros.removeText')}
          onRemove={() => remove.mutateAsync({ macroId })}
        >
          <span className="block text-xs text-muted">
            {actions.map(({ kind }) => t(`settings.do.${kind}`)).join(' · ')}
          </span>
        </EditableRow>
      )}
      editor={(macro, onDone) => <Editor macro={macro} onDone={onDone} />}
      {...{ foot, isEmpty }}
    />
  );
}

function Editor({ macro, onDone }: { macro: Macro | undefined; onDone(): void }) {
  const create = useAct('create_macro', touched);
  const update = useAct('update_macro', touched);
  const [name, setName] = useState(macro?.name ?? '');
  const [actions, setActions] = useState<MacroStep[]>(macro?.actions ?? []);
  const { moved, take, insist, save } = useSeen<{ name: string; actions: MacroStep[] }>(
    macro && { version: macro.version, part: { name: macro.name, actions: macro.actions } },
    { name, actions },
    (now) => {
      setName(now.name);
      setActions(now.actions);
    },
  );
  return (
    <NamedForm
      name={name}
      onName={setName}
      idle={actions.length === 0}
      onSave={() =>
        macro
          ? save((version) => update.mutateAsync({ macroId: macro.macroId, version, name, actions }))
          : create.mutateAsync({ name, actions })
      }
      onDone={onDone}
    >
      <Steps of="macros" steps={actions} onChange={setActions} />
      {moved && (
        <Moved onTake={take} onInsist={insist}>
          <p className="font-medium">{moved.name}</p>
          <StepsShown steps={moved.actions} />
        </Moved>
      )}
    </NamedForm>
  );
}
