/** Rows of which one at a time is edited in its place, and each can be removed. */
import type { ReactNode } from 'react';
import { Button } from '../../components/button.tsx';
import { t } from '../../messages/messages.ts';
import { AskingButton, Row, Rows } from './form.tsx';

export interface EditableProps<T extends { name: string }> {
  label: string;
  items: readonly T[];
  idOf(item: T): string;
  /** Below its name. */
  about(item: T): ReactNode;
  /** Id of the one that is edited. */
  editing: string | undefined;
  onEdit(id: string): void;
  editor(item: T): ReactNode;
  /** Said before one is removed. */
  removeText: string;
  remove(item: T): Promise<unknown>;
}

export function Editable<T extends { name: string }>(props: EditableProps<T>) {
  const { label, items, idOf, about, editing, onEdit, editor, removeText, remove } = props;
  return (
    <Rows label={label}>
      {items.map((item) => {
        const [id, { name }] = [idOf(item), item];
        return editing === id ? (
          <li key={id} className="py-2">
            {editor(item)}
          </li>
        ) : (
          <Row
            key={id}
            aside={
              <>
                <Button
                  size="small"
                  aria-label={t('settings.editNamed', { name })}
                  onClick={() => onEdit(id)}
                >
                  {t('settings.edit')}
                </Button>
                <AskingButton
                  label={t('settings.remove')}
                  name={t('settings.removeNamed', { name })}
                  question={t('settings.removeNamed', { name })}
                  text={removeText}
                  done={t('settings.removed', { name })}
                  run={() => remove(item)}
                />
              </>
            }
          >
            <span className="font-medium">{name}</span>
            {about(item)}
          </Row>
        );
      })}
    </Rows>
  );
}
