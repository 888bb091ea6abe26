import { useState } from 'react';
import { call } from '../../api/call.ts';
import { invalidate } from '../../api/queries.ts';
import { say } from '../../app/toasts.tsx';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { t } from '../../messages/messages.ts';
import type { SavedView } from './views.ts';

const orders = ['active', 'newest', 'oldest', 'priority', 'due'] as const;
type Order = (typeof orders)[number];

/** Makes a view, or changes and deletes one. */
export function ViewDialog(props: {
  saved?: SavedView;
  query: string;
  userId: string;
  onClose(): void;
  onSaved(viewId: string): void;
}) {
  const { saved, onClose, onSaved } = props;
  const { slug, role } = useWorkspace();
  const [name, setName] = useState(saved?.name ?? '');
  const [query, setQuery] = useState(saved?.query ?? props.query);
  const [sort, setSort] = useState<Order>(saved?.sort ?? 'active');
  const [shared, setShared] = useState(saved?.of === 'workspace');
  const [refused, setRefused] = useState<string>();
  const mayMove = saved?.of === 'workspace' ? saved.madeByMe : isAtLeast(role, 'operator');
  const run = async (work: () => Promise<string>, done: string) => {
    try {
      const viewId = await work();
      await invalidate(slug, ['list_views', 'show_view']);
      say(done);
      onClose();
      onSaved(viewId);
    } catch (error) {
      setRefused((error as Error).message);
    }
  };
  const save = () =>
    run(
      async () =>
        saved
          ? (await call(slug, 'update_view', { viewId: saved.viewId, name, query, sort, shared })).viewId
          : (await call(slug, 'create_view', { name, query, sort, shared })).viewId,
      t('view.saved'),
    );
  const remove = () =>
    run(async () => {
      await call(slug, 'delete_view', { viewId: saved!.viewId });
      return 'open';
    }, t('view.deleted'));
  return (
    <Dialog open onClose={onClose} title={saved ? t('view.edit', { view: saved.name }) : t('view.save')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <TextField
          label={t('view.name')}
          value={name}
          required
          maxLength={100}
          autoFocus
          onChange={({ target }) => setName(target.value)}
        />
        <TextField
          label={t('view.query')}
          hint={t('view.queryHint')}
          error={refused}
          value={query}
          required
          maxLength={500}
          onChange={({ target }) => setQuery(target.value)}
        />
        <SelectField
          label={t('view.sort')}
          value={sort}
          onChange={({ target }) => setSort(target.value as Order)}
        >
          {orders.map((order) => (
            <option key={order} value={order}>
              {t(`order.${order}`)}
            </option>
          ))}
        </SelectField>
        {mayMove && (
          <label className="mb-3 flex items-center gap-2">
            <input type="checkbox" checked={shared} onChange={({ target }) => setShared(target.checked)} />
            {t('view.shared')}
          </label>
        )}
        <div className="flex justify-end gap-2">
          {saved && (
            <Button look="danger" className="mr-auto" onClick={() => void remove()}>
              {t('view.delete')}
            </Button>
          )}
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" look="primary">
            {t('common.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
