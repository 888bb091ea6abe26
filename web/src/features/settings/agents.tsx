/** Credentials of the workspace's own agents. */
import { useState } from 'react';
import type { OutputOf } from '../../api/call.ts';
import { useAct, useNeeded } from '../../api/queries.ts';
import { say, sayRefused } from '../../app/toasts.tsx';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { Badge, Panel, Time } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { AskingButton, Form, Hint, Row, Rows, Warning } from './form.tsx';
import { usePaged } from './paged.tsx';

type Credential = OutputOf<'list_credentials'>['credentials'][number];
const touched = ['list_credentials', 'list_audit'] as const;

export function Section() {
  const { pages, foot, isEmpty } = usePaged('list_credentials', {});
  const credentials = pages.flatMap((page) => page.credentials);
  return (
    <>
      <Hint>{t('settings.agents.about')}</Hint>
      <Panel title={t('settings.agents.make')}>
        <Make />
      </Panel>
      <Panel title={t('settings.agents')}>
        {isEmpty && credentials.length === 0 && <Hint>{t('settings.agents.none')}</Hint>}
        <Rows label={t('settings.agents')}>
          {credentials.map((credential) => (
            <OneCredential key={credential.credentialId} credential={credential} />
          ))}
        </Rows>
        {foot}
      </Panel>
    </>
  );
}

function Make() {
  const create = useAct('create_credential', touched);
  const [name, setName] = useState('');
  const [replies, setReplies] = useState('100');
  const [made, setMade] = useState<OutputOf<'create_credential'>>();
  if (made) return <Secret name={made.name} secret={made.secret} onDone={() => setMade(undefined)} />;
  return (
    <Form
      label={t('settings.agents.makeButton')}
      done={t('settings.agents.made')}
      idle={name.trim() === ''}
      onSave={async () => {
        setMade(await create.mutateAsync({ name, dailyReplies: Number(replies) }));
        setName('');
      }}
    >
      <div className="grid gap-x-3 sm:grid-cols-[1fr_12rem]">
        <TextField
          label={t('settings.agents.name')}
          value={name}
          maxLength={200}
          onChange={({ target }) => setName(target.value)}
        />
        <TextField
          label={t('settings.agents.replies')}
          type="number"
          min={0}
          max={100_000}
          value={replies}
          onChange={({ target }) => setReplies(target.value)}
        />
      </div>
    </Form>
  );
}

/** It is shown this once, and gone with the page. */
function Secret({ name, secret, onDone }: { name: string; secret: string; onDone(): void }) {
  const copy = () =>
    void navigator.clipboard.writeText(secret).then(() => say(t('common.copied')), sayRefused);
  return (
    <div>
      <Warning>{t('settings.agents.once', { name })}</Warning>
      <div className="mb-3 flex flex-wrap gap-2">
        <input
          readOnly
          aria-label={t('settings.agents.secret')}
          value={secret}
          className="h-8 min-w-0 flex-1 basis-64 rounded-md border border-line bg-sunken px-2 font-mono text-xs"
          onFocus={({ target }) => target.select()}
        />
        <Button onClick={copy}>{t('common.copy')}</Button>
      </div>
      <Button look="primary" onClick={onDone}>
        {t('settings.agents.kept')}
      </Button>
    </div>
  );
}

function OneCredential({ credential }: { credential: Credential }) {
  const { credentialId, name, state, repliesToday, dailyReplies, lastUsedAt } = credential;
  const revoke = useAct('revoke_credential', touched);
  const inUse = state === 'in_use';
  return (
    <Row
      aside={
        inUse ? (
          <AskingButton
            label={t('settings.agents.revoke')}
            name={t('settings.agents.revokeNamed', { name })}
            question={t('settings.agents.revokeNamed', { name })}
            text={t('settings.agents.revokeText')}
            done={t('settings.agents.revokedDone', { name })}
            run={() => revoke.mutateAsync({ credentialId })}
          />
        ) : (
          <Badge tone="bad">{t('settings.agents.revoked')}</Badge>
        )
      }
    >
      <span className="font-medium">{name}</span>
      <span className="block text-xs text-muted">
        {t('settings.agents.today', { sent: repliesToday, most: dailyReplies })} ·{' '}
        {lastUsedAt ? (
          <>
            {t('settings.agents.used')} <Time at={lastUsedAt} />
          </>
        ) : (
          t('settings.agents.unused')
        )}
      </span>
      {inUse && <Grants credential={credential} />}
    </Row>
  );
}

function Grants({ credential: { credentialId, name, grantedTools } }: { credential: Credential }) {
  const { tools } = useNeeded('list_grantable_tools', {});
  const grant = useAct('grant_tool', touched);
  const withdraw = useAct('withdraw_tool', touched);
  return (
    <details className="mt-1">
      <summary className="cursor-pointer text-accent">
        {t('settings.agents.tools', { count: grantedTools.length })}
      </summary>
      <Hint>{t('settings.agents.toolsHint')}</Hint>
      <ul>
        {tools.map(({ tool, title, without }) => (
          <li key={tool}>
            <label className="flex items-start gap-2 py-0.5">
              <input
                type="checkbox"
                role="switch"
                aria-checked={grantedTools.includes(tool)}
                className="mt-0.5"
                aria-label={t('settings.agents.grant', { tool, name })}
                checked={grantedTools.includes(tool)}
                onChange={({ target }) =>
                  (target.checked ? grant : withdraw).mutate({ credentialId, tool }, { onError: sayRefused })
                }
              />
              <span>
                {title} <code className="text-xs text-muted">{tool}</code>
                <span className="block text-xs text-muted">{t(`settings.agents.without.${without}`)}</span>
              </span>
            </label>
          </li>
        ))}
      </ul>
    </details>
  );
}
