/** Lists of which one at a time is edited in its place, and to which one can be added. */
import { Fragment, type ReactNode, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { Panel } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { AskingButton, Form, Hint, Row, Rows } from './form.tsx';

interface EditableProps<T> {
  items: readonly T[];
  idOf(item: T): string;
  row(item: T, onEdit: () => void, at: number): ReactNode;
  /** Of one that is there, or of a new one. */
  editor(item: T | undefined, onDone: () => void): ReactNode;
}

/** A panel of them, with its button to add one. */
export function EditablePanel<T>(
  props: EditableProps<T> & {
    of: 'macros' | 'replies' | 'rules';
    /** Stands below the list. */
    foot: ReactNode;
    /** Nothing more of it is to come. */
    isEmpty: boolean;
  },
) {
  const { of, foot, isEmpty, ...rows } = props;
  const [editing, setEditing] = useState<string>();
  const adds = editing === 'new';
  return (
    <Panel
      title={t(`settings.${of}.list`)}
      aside={
        <Button size="small" onClick={() => setEditing('new')}>
          {t(`settings.${of}.add`)}
        </Button>
      }
    >
      <Hint>{t(`settings.${of}.about`)}</Hint>
      {adds && rows.editor(undefined, () => setEditing(undefined))}
      {isEmpty && rows.items.length === 0 && !adds && <Hint>{t(`settings.${of}.none`)}</Hint>}
      <Editable label={t(`settings.${of}`)} {...rows} editing={editing} onEdit={setEditing} />
      {foot}
    </Panel>
  );
}

export function Editable<T>(
  props: EditableProps<T> & {
    label: string;
    /** Id of the one that is edited. */
    editing: string | undefined;
    onEdit(id: string | undefined): void;
  },
) {
  const { items, idOf, row, editor, label, editing, onEdit } = props;
  return (
    <Rows label={label}>
      {items.map((item, at) => {
        const id = idOf(item);
        return editing === id ? (
          <li key={id} className="py-2">
            {editor(item, () => onEdit(undefined))}
          </li>
        ) : (
          <Fragment key={id}>{row(item, () => onEdit(id), at)}</Fragment>
        );
      })}
    </Rows>
  );
}

/** One that has a name, and can be edited and removed. */
export function EditableRow(props: {
  name: string;
  onEdit(): void;
  /** Said before it is removed. */
  removeText: string;
  onRemove(): Promise<unknown>;
  /** What else can be done with it. */
  aside?: ReactNode;
  /** Below its name. */
  children: ReactNode;
}) {
  const { name, onEdit, removeText, onRemove, aside, children } = props;
  return (
    <Row
      aside={
        <>
          {aside}
          <Button size="small" aria-label={t('settings.editNamed', { name })} onClick={onEdit}>
            {t('settings.edit')}
          </Button>
          <AskingButton
            label={t('settings.remove')}
            name={t('settings.removeNamed', { name })}
            question={t('settings.removeNamed', { name })}
            text={removeText}
            done={t('settings.removed', { name })}
            run={onRemove}
          />
        </>
      }
    >
      <span className="font-medium">{name}</span>
      {children}
    </Row>
  );
}

/** Where one that has a name is edited. */
export function NamedForm(props: {
  name: string;
  onName(name: string): void;
  /** Something beside the name is missing. */
  idle?: boolean;
  onSave(): Promise<unknown>;
  onDone(): void;
  children: ReactNode;
}) {
  const { name, onName, idle = false, onSave, onDone, children } = props;
  return (
    <div className="mb-3 rounded-md border border-accent p-3">
      <Form
        done={t('settings.saved')}
        idle={name.trim() === '' || idle}
        {...{ onSave, onDone }}
        onCancel={onDone}
      >
        <TextField
          label={t('settings.name')}
          value={name}
          maxLength={200}
          autoFocus
          onChange={({ target }) => onName(target.value)}
        />
        {children}
      </Form>
    </div>
  );
}
