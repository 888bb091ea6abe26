/** Rules: what the desk does by itself. */
import { useState } from 'react';
import type { OutputOf } from '../../api/call.ts';
import { useAct } from '../../api/queries.ts';
import { sayRefused } from '../../app/toasts.tsx';
import { Button } from '../../components/button.tsx';
import { Badge, Time } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { EditablePanel, EditableRow } from './editable.tsx';
import { usePaged } from './paged.tsx';
import { RuleEditor, touchedByRules as touched } from './rule-editor.tsx';

type Rule = OutputOf<'list_rules'>['rules'][number];

export function Section() {
  const { pages, foot, isEmpty } = usePaged('list_rules', {});
  const rules = pages.flatMap((page) => page.rules);
  const reorder = useAct('reorder_rules', touched);
  const up = (at: number) => {
    const ruleIds = rules.map(({ ruleId }) => ruleId);
    [ruleIds[at - 1], ruleIds[at]] = [ruleIds[at]!, ruleIds[at - 1]!];
    reorder.mutate({ ruleIds }, { onError: sayRefused });
  };
  return (
    <EditablePanel
      of="rules"
      items={rules}
      idOf={({ ruleId }) => ruleId}
      row={(rule, onEdit, at) => <OneRule {...{ rule, onEdit }} {...(at > 0 && { onUp: () => up(at) })} />}
      editor={(rule, onDone) => <RuleEditor rule={rule} onDone={onDone} />}
      {...{ foot, isEmpty }}
    />
  );
}

function OneRule({ rule, onEdit, onUp }: { rule: Rule; onEdit(): void; onUp?: () => void }) {
  const { ruleId, version, name, enabled, trigger, minutes, allOf, anyOf, actions } = rule;
  const update = useAct('update_rule', touched);
  const remove = useAct('delete_rule', touched);
  const asked = allOf.length + anyOf.length;
  return (
    <EditableRow
      {...{ name, onEdit }}
      removeText={t('settings.rules.removeText')}
      onRemove={() => remove.mutateAsync({ ruleId })}
      aside={
        <>
          <label className="flex items-center gap-1.5">
            <input
              type="checkbox"
              role="switch"
              aria-checked={enabled}
              aria-label={t('settings.rules.enabledNamed', { name })}
              checked={enabled}
              onChange={({ target }) =>
                update.mutate({ ruleId, version, enabled: target.checked }, { onError: sayRefused })
              }
            />
            {t('settings.rules.enabled')}
          </label>
          {onUp && (
            <Button size="small" aria-label={t('settings.rules.upNamed', { name })} onClick={onUp}>
              {t('settings.rules.up')}
            </Button>
          )}
        </>
      }
    >
      <span className="block text-xs text-muted">
        {t(`settings.trigger.${trigger}`, { minutes: minutes ?? 0 })}
        {asked > 0 && ` · ${t('settings.rules.conditions', { count: asked })}`} ·{' '}
        {actions.map(({ kind }) => t(`settings.do.${kind}`)).join(' · ')}
      </span>
      <Runs ruleId={ruleId} />
    </EditableRow>
  );
}

/** What it did lately; asked for when it is opened. */
function Runs({ ruleId }: { ruleId: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="cursor-pointer text-xs text-accent">{t('settings.rules.runs')}</summary>
      {open && <RunList ruleId={ruleId} />}
    </details>
  );
}

const tones = { fired: 'good', not_met: 'plain', failed: 'bad', capped: 'warn' } as const;

function RunList({ ruleId }: { ruleId: string }) {
  const { pages, foot, isEmpty } = usePaged('list_rule_runs', { ruleId });
  const runs = pages.flatMap((page) => page.runs);
  return (
    <>
      {isEmpty && runs.length === 0 && <p className="text-xs text-muted">{t('settings.rules.noRuns')}</p>}
      <ul>
        {runs.map(({ runId, outcome, detail, at }) => (
          <li key={runId} className="text-xs">
            <Badge tone={tones[outcome]}>{t(`settings.run.${outcome}`)}</Badge> <Time at={at} full /> {detail}
          </li>
        ))}
      </ul>
      {foot}
    </>
  );
}
