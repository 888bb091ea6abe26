/** A reply that the model drafts from the help centre, to be written on; nothing of it is sent by itself. */
import { Sparkles } from 'lucide-react';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import { useActions } from '../../app/actions.tsx';
import { say, sayRefused } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Kbd } from '../../components/kbd.tsx';
import { t } from '../../messages/messages.ts';
import { draftsOf, type Source } from './drafts.ts';
import type { Mode } from './keeper.ts';

/** @returns whether it is being drafted, and the asking for it */
export function useSuggestion(
  ticket: { ticketId: string; version: number },
  offered: boolean,
  begin: (mode: Mode) => void,
) {
  const { slug, user } = useWorkspace();
  const { ticketId, version } = ticket;
  const [busy, setBusy] = useState(false);
  const ask = async () => {
    if (busy) return;
    setBusy(true);
    try {
      const { found, body, missing, citations } = await call(slug, 'suggest_reply', {
        ticketId,
        propose: false,
      });
      if (!found) return say(missing ? t('suggest.missing', { missing }) : t('suggest.none'));
      const drafts = draftsOf(slug, user.id, ticketId);
      const { text } = drafts.get().of.reply;
      // What was written already stays above it.
      drafts.write({ text: text.trim() === '' ? body : `${text}\n\n${body}` }, version, 'reply');
      drafts.suggest(citations);
      begin('reply');
    } catch (error) {
      sayRefused(error);
    } finally {
      setBusy(false);
    }
  };
  const run = () => void ask();
  useActions(
    offered ? [{ id: 'suggest', title: t('suggest.ask'), keys: 's', group: t('do.group'), run }] : [],
  );
  return { busy, run };
}

export const SuggestButton = ({ busy, run }: { busy: boolean; run(): void }) => (
  <Button
    size="small"
    look="quiet"
    disabled={busy}
    onClick={run}
    aria-label={t('suggest.ask')}
    className="ml-auto"
  >
    <Sparkles size={14} aria-hidden />
    <span className="hidden sm:inline">
      {t(busy ? 'suggest.busy' : 'suggest.ask')} <Kbd keys="s" />
    </span>
  </Button>
);

/** What a suggestion rests on, to be held against it before it is sent. */
export function Sources({ sources }: { sources: readonly Source[] }) {
  if (sources.length === 0) return null;
  return (
    <section aria-label={t('suggest.sources')} className="mt-2 text-xs text-muted">
      <p>{t('suggest.restsOn')}</p>
      {sources.map(({ articleId, title, text }) => (
        <details key={`${articleId}${text}`}>
          <summary className="cursor-pointer text-ink">{title}</summary>
          <blockquote className="my-1 max-h-24 overflow-auto border-l-2 border-accent pl-2 whitespace-pre-wrap">
            {text}
          </blockquote>
        </details>
      ))}
    </section>
  );
}
