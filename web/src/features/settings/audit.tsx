/** The audit log: who did what to whom, and why. */
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { Panel, Time } from '../../components/page.tsx';
import { en, type MessageKey, t } from '../../messages/messages.ts';
import { usePeople } from '../inbox/people.ts';
import { Hint } from './form.tsx';
import { usePaged } from './paged.tsx';

export function Section() {
  const [typed, setTyped] = useState('');
  const [subject, setSubject] = useState('');
  const { pages, foot, isEmpty } = usePaged('list_audit', subject ? { subject } : {});
  const entries = pages.flatMap((page) => page.entries);
  const { nameOf } = usePeople();
  return (
    <Panel>
      <form
        className="flex flex-wrap items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          setSubject(typed.trim());
        }}
      >
        <div className="min-w-0 flex-1 basis-56">
          <TextField
            label={t('settings.audit.subject')}
            hint={t('settings.audit.subjectHint')}
            value={typed}
            maxLength={200}
            onChange={({ target }) => setTyped(target.value)}
          />
        </div>
        <Button type="submit" className="mb-8">
          {t('settings.audit.filter')}
        </Button>
      </form>
      {isEmpty && entries.length === 0 && <Hint>{t('settings.audit.none')}</Hint>}
      <ul aria-label={t('settings.audit')} className="divide-y divide-line">
        {entries.map(({ auditId, at, actor, action, subject: about, reason, details }) => (
          <li key={auditId} className="py-2">
            <div className="flex flex-wrap justify-between gap-x-3">
              <span>
                <span className="font-medium">{actorName(actor, nameOf)}</span> {actionName(action)}
              </span>
              <span className="text-xs text-muted">
                <Time at={at} full />
              </span>
            </div>
            <p className="text-xs break-all text-muted">
              {[about, reason, shortly(details)].filter(Boolean).join(' · ')}
            </p>
          </li>
        ))}
      </ul>
      {foot}
    </Panel>
  );
}

function actorName(actor: string, nameOf: (userId: string) => string): string {
  const [kind, id = ''] = actor.split(/:(.*)/s);
  if (kind !== 'operator') return actor;
  return id === 'command-line' ? t('settings.audit.commandLine') : nameOf(id);
}

/** As the log says it, where there are no words for it. */
function actionName(action: string): string {
  const key = `audit.${action}`;
  return key in en ? t(key as MessageKey) : action;
}

const shortly = (details: Record<string, unknown>): string =>
  Object.entries(details)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
