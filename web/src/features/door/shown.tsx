/** What several parts of the door's page show. */
import { useState } from 'react';
import type { OutputOf } from '../../api/call.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { Badge } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';

export type PurchaseLine = OutputOf<'list_purchases'>['purchases'][number];

/** An address or a hash as short as one still tells it from others. */
export const shortened = (text: string): string =>
  text.length > 16 ? `${text.slice(0, 6)}…${text.slice(-4)}` : text;

const stateTones = {
  settling: 'accent',
  paid: 'accent',
  delivered: 'good',
  void: 'plain',
  owed: 'warn',
  refunding: 'warn',
  refunded: 'plain',
  lost: 'bad',
} as const;

export const StateBadge = ({ state }: { state: PurchaseLine['state'] }) => (
  <Badge tone={stateTones[state]}>{t(`purchase.state.${state}`)}</Badge>
);

/** What one that is not final waits for; undefined for one that is. */
export const waits = ({ state, awaits }: PurchaseLine): string | undefined =>
  awaits && t(state === 'owed' ? 'purchase.owes' : 'purchase.awaits', { what: awaits });

const standingTones = { new: 'plain', known: 'accent', trusted: 'good', blocked: 'bad' } as const;

export const StandingBadge = ({ standing }: { standing: keyof typeof standingTones }) => (
  <Badge tone={standingTones[standing]}>{t(`wallet.standing.${standing}`)}</Badge>
);

/** Asks why, and does it then. */
export function ReasonDialog(props: {
  title: string | undefined;
  description?: string;
  onClose(): void;
  onGiven(reason: string): void;
}) {
  const [reason, setReason] = useState('');
  const { title, description, onClose, onGiven } = props;
  const close = () => {
    setReason('');
    onClose();
  };
  return (
    <Dialog
      open={title !== undefined}
      onClose={close}
      title={title ?? ''}
      {...(description && { description })}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          close();
          onGiven(reason.trim());
        }}
      >
        <TextField
          label={t('door.reason')}
          hint={t('door.reasonHint')}
          value={reason}
          autoFocus
          required
          maxLength={500}
          onChange={({ target }) => setReason(target.value)}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={close}>{t('common.cancel')}</Button>
          <Button type="submit" look="primary" disabled={reason.trim() === ''}>
            {title}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Text that one copies. */
export function CopyButton({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <Button size="small" onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}>
      {t(copied ? 'common.copied' : 'common.copy')}
    </Button>
  );
}
