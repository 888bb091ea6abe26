import { useEffect } from 'react';
import { Refusal } from '../api/call.ts';
import { t } from '../messages/messages.ts';
import { Button } from './button.tsx';

/** What is shown could not be asked for again: why, and what can be done. What is written below it stays. */
export function Trouble({ error, again }: { error: Error; again(): unknown }) {
  const signedOut = error instanceof Refusal && error.status === 401;
  useEffect(() => {
    // Who signed in beside it comes back.
    const back = () => void again();
    window.addEventListener('focus', back);
    return () => window.removeEventListener('focus', back);
  }, [again]);
  // The frame says so, above.
  if (signedOut || (error instanceof Refusal && error.code === 'offline')) return null;
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center gap-2 border-b border-bad bg-bad-soft px-4 py-2 text-bad"
    >
      <span className="min-w-0 flex-1">{error.message}</span>
      <Button size="small" onClick={() => void again()}>
        {t('common.retry')}
      </Button>
    </div>
  );
}
