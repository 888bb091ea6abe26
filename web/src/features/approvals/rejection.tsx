import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { t } from '../../messages/messages.ts';

/** A rejection needs its reason. */
export function Rejection(props: {
  open: boolean;
  onClose(): void;
  onReject(reason: string, spam: boolean): void;
}) {
  const [reason, setReason] = useState('');
  const [spam, setSpam] = useState(false);
  return (
    <Dialog open={props.open} onClose={props.onClose} title={t('approvals.reject')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          props.onClose();
          props.onReject(reason.trim(), spam);
        }}
      >
        <TextField
          label={t('approvals.reason')}
          value={reason}
          autoFocus
          required
          maxLength={500}
          onChange={({ target }) => setReason(target.value)}
        />
        <label className="mb-3 flex items-center gap-2">
          <input type="checkbox" checked={spam} onChange={({ target }) => setSpam(target.checked)} />
          {t('approvals.spam')}
        </label>
        <div className="flex justify-end gap-2">
          <Button onClick={props.onClose}>{t('common.cancel')}</Button>
          <Button type="submit" look="danger" disabled={reason.trim() === ''}>
            {t('approvals.reject')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
