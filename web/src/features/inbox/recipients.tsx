import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { t } from '../../messages/messages.ts';

/** Addresses as they are typed: between commas, semicolons or spaces. */
export const addressesIn = (typed: string): string[] => typed.split(/[\s,;]+/).filter(Boolean);

interface Recipients {
  /** Who gets it; typed where it is forwarded. */
  to: string;
  onTo?: ((to: string) => void) | undefined;
  /** Null: the participants, as they are. */
  cc: readonly string[] | null;
  participants: readonly string[];
  bcc: readonly string[];
  onCc(cc: string[]): void;
  onBcc(bcc: string[]): void;
}

/** Who gets what is being written. */
export function RecipientFields({ to, onTo, cc, participants, bcc, onCc, onBcc }: Recipients) {
  const copies = cc ?? participants;
  const [shown, setShown] = useState(false);
  const open = shown || copies.length + bcc.length > 0;
  return (
    <div className="mb-2 flex flex-col gap-1 text-xs">
      <div className="flex items-center gap-2">
        <span className="w-8 shrink-0 text-muted">{t('mail.to')}</span>
        {onTo ? (
          <Addresses label={t('mail.to')} value={[to].filter(Boolean)} onChange={([one = '']) => onTo(one)} />
        ) : (
          <span className="min-w-0 flex-1 truncate">{to}</span>
        )}
        {!open && (
          <Button size="small" look="quiet" onClick={() => setShown(true)}>
            {t('mail.copies')}
          </Button>
        )}
      </div>
      {open && (
        <>
          <div className="flex items-center gap-2">
            <span className="w-8 shrink-0 text-muted">{t('mail.ccField')}</span>
            <Addresses label={t('mail.ccField')} value={copies} onChange={onCc} />
          </div>
          <div className="flex items-center gap-2">
            <span className="w-8 shrink-0 text-muted">{t('mail.bccField')}</span>
            <Addresses label={t('mail.bccField')} value={bcc} onChange={onBcc} />
          </div>
        </>
      )}
    </div>
  );
}

/** What is typed is kept as it is, until another writes the field. */
export function Addresses(props: {
  label: string;
  value: readonly string[];
  onChange(addresses: string[]): void;
}) {
  const { label, value, onChange } = props;
  const [typed, setTyped] = useState(value.join(', '));
  const shown = addressesIn(typed).join() === value.join() ? typed : value.join(', ');
  return (
    <input
      type="text"
      inputMode="email"
      autoComplete="off"
      aria-label={label}
      value={shown}
      onChange={({ target }) => {
        setTyped(target.value);
        onChange(addressesIn(target.value));
      }}
      className="h-6 min-w-0 flex-1 rounded-md border border-line bg-panel px-1.5"
    />
  );
}
