/** Oneself: name, signature, absence, password, passkeys, sessions. */
import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { queryClient, sessionQuery, useAct, useNeeded } from '../../api/queries.ts';
import { say, sayRefused } from '../../app/toasts.tsx';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { TextArea, TextField } from '../../components/field.tsx';
import { Badge, Loading, Panel, Time } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import * as account from './account.ts';
import { AskingButton, Check, Form, Hint, Row, Rows } from './form.tsx';

export function Section() {
  const works = isAtLeast(useWorkspace().role, 'operator');
  return (
    <>
      <Panel title={t('settings.you.name')}>
        <Name />
      </Panel>
      {works && (
        <Panel title={t('settings.you.work')}>
          <Signature />
          <Absence />
        </Panel>
      )}
      <Panel title={t('settings.you.password')}>
        <Password />
      </Panel>
      <Panel title={t('settings.you.passkeys')}>
        <Passkeys />
      </Panel>
      <Panel title={t('settings.you.sessions')}>
        <Sessions />
      </Panel>
    </>
  );
}

function Name() {
  const { user } = useWorkspace();
  const router = useRouter();
  const [name, setName] = useState(user.name);
  const save = async () => {
    await account.setName(name);
    await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
    await queryClient.invalidateQueries();
    await router.invalidate();
  };
  return (
    <Form onSave={save} done={t('settings.saved')} idle={name === user.name || name.trim() === ''}>
      <TextField
        label={t('settings.you.yourName')}
        hint={t('settings.you.signedInAs', { email: user.email })}
        value={name}
        maxLength={200}
        autoComplete="name"
        onChange={({ target }) => setName(target.value)}
      />
    </Form>
  );
}

function Signature() {
  const { signature, rendered } = useNeeded('get_signature', {});
  const set = useAct('set_signature', ['get_signature']);
  const [text, setText] = useState(signature ?? '');
  return (
    <Form
      onSave={() => set.mutateAsync({ signature: text.trim() === '' ? null : text })}
      done={t('settings.saved')}
      idle={text === (signature ?? '')}
    >
      <TextArea
        label={t('settings.you.signature')}
        hint={t('settings.you.signatureHint')}
        value={text}
        maxLength={2_000}
        onChange={({ target }) => setText(target.value)}
      />
      {rendered && rendered !== signature && (
        <p className="mb-3 rounded-md bg-sunken p-2 whitespace-pre-wrap text-muted">{rendered}</p>
      )}
    </Form>
  );
}

function Absence() {
  const { user } = useWorkspace();
  const { absences } = useNeeded('list_absences', {});
  const set = useAct('set_absence', ['list_absences']);
  const absent = absences.find(({ userId }) => userId === user.id);
  return (
    <div className="mt-4 border-t border-line pt-3">
      <Check
        label={t('settings.you.away')}
        hint={t('settings.you.awayHint')}
        checked={absent !== undefined}
        disabled={set.isPending}
        onChange={(away) => set.mutate({ away }, { onError: sayRefused })}
      />
    </div>
  );
}

function Password() {
  const { user } = useWorkspace();
  const { mailsLeave } = useSuspenseQuery(sessionQuery).data;
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const mail = () =>
    void account
      .mailPasswordLink(user.email)
      .then(() => say(t('settings.you.mailed', { email: user.email })), sayRefused);
  return (
    <>
      <Form
        label={t('settings.you.changePassword')}
        done={t('settings.you.passwordChanged')}
        idle={current === '' || next.length < 10}
        onSave={() => account.changePassword(current, next)}
        onDone={() => {
          setCurrent('');
          setNext('');
          void queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
        }}
      >
        <input type="text" autoComplete="username" value={user.email} readOnly hidden />
        <div className="grid gap-x-3 sm:grid-cols-2">
          <TextField
            label={t('settings.you.current')}
            type="password"
            autoComplete="current-password"
            value={current}
            maxLength={128}
            onChange={({ target }) => setCurrent(target.value)}
          />
          <TextField
            label={t('settings.you.next')}
            hint={t('settings.you.nextHint')}
            type="password"
            autoComplete="new-password"
            value={next}
            maxLength={128}
            onChange={({ target }) => setNext(target.value)}
          />
        </div>
      </Form>
      <p className="mt-3 text-muted">
        {t('settings.you.noPassword')}{' '}
        <Button size="small" onClick={mail}>
          {t('settings.you.mailLink')}
        </Button>
      </p>
      {!mailsLeave && <Hint>{t('settings.you.kept', { email: user.email })}</Hint>}
    </>
  );
}

const passkeysQuery = queryOptions({ queryKey: ['passkeys'], queryFn: account.listPasskeys });
const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: async () => ({ sessions: await account.listSessions(), own: await account.ownSession() }),
});

function Passkeys() {
  const { data, error } = useQuery(passkeysQuery);
  const [name, setName] = useState('');
  const again = () => queryClient.invalidateQueries({ queryKey: passkeysQuery.queryKey });
  if (error) return <p className="text-bad">{error.message}</p>;
  if (!data) return <Loading />;
  return (
    <>
      <Hint>{t('settings.you.passkeysAbout')}</Hint>
      <Rows label={t('settings.you.passkeys')}>
        {data.map((passkey) => {
          const called = passkey.name || t('settings.you.unnamed');
          return (
            <Row
              key={passkey.id}
              aside={
                <AskingButton
                  label={t('settings.remove')}
                  name={t('settings.removeNamed', { name: called })}
                  question={t('settings.removeNamed', { name: called })}
                  text={t('settings.you.removePasskey')}
                  done={t('settings.removed', { name: called })}
                  run={() => account.removePasskey(passkey.id).then(again)}
                />
              }
            >
              <span className="font-medium">{called}</span>
              {passkey.createdAt && (
                <span className="block text-xs text-muted">
                  <Time at={passkey.createdAt} full />
                </span>
              )}
            </Row>
          );
        })}
      </Rows>
      <div className="mt-3" />
      {account.canMakePasskeys() ? (
        <Form
          label={t('settings.you.addPasskey')}
          done={t('settings.you.passkeyAdded')}
          idle={name.trim() === ''}
          onSave={() => account.addPasskey(name).then(again)}
          onDone={() => setName('')}
        >
          <TextField
            label={t('settings.you.passkeyName')}
            hint={t('settings.you.passkeyHint')}
            value={name}
            maxLength={100}
            onChange={({ target }) => setName(target.value)}
          />
        </Form>
      ) : (
        <Hint>{t('settings.you.noPasskeys')}</Hint>
      )}
    </>
  );
}

/** Which browser, on what, as far as it says so. */
function browserOf(userAgent: string): string {
  // Each calls itself by the names of those before it, too.
  const browser = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'].find((one) => userAgent.includes(`${one}/`));
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|CrOS|Linux)/.exec(userAgent)?.[1];
  if (!browser) return userAgent.slice(0, 80) || t('settings.you.unknownBrowser');
  const named = { Edg: 'Edge', OPR: 'Opera' }[browser] ?? browser;
  return system ? t('settings.you.browser', { browser: named, system }) : named;
}

function Sessions() {
  const { data, error } = useQuery(sessionsQuery);
  const again = () => queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  if (error) return <p className="text-bad">{error.message}</p>;
  if (!data) return <Loading />;
  const { sessions, own } = data;
  return (
    <>
      <Rows label={t('settings.you.sessions')}>
        {sessions.map(({ id, token, createdAt, ipAddress, userAgent }) => (
          <Row
            key={id}
            aside={
              id === own ? (
                <Badge tone="accent">{t('settings.you.this')}</Badge>
              ) : (
                <AskingButton
                  label={t('settings.you.end')}
                  question={t('settings.you.endQuestion')}
                  text={t('settings.you.endText')}
                  done={t('settings.you.ended')}
                  run={() => account.endSession(token).then(again)}
                />
              )
            }
          >
            <span className="line-clamp-1" title={userAgent ?? ''}>
              {browserOf(userAgent ?? '')}
            </span>
            <span className="block text-xs text-muted">
              {ipAddress} · {t('settings.you.since')} <Time at={createdAt} full />
            </span>
          </Row>
        ))}
      </Rows>
      {sessions.length > 1 && <div className="mt-3" />}
      {sessions.length > 1 && (
        <AskingButton
          label={t('settings.you.endOthers')}
          question={t('settings.you.endOthers')}
          text={t('settings.you.endText')}
          done={t('settings.you.ended')}
          run={() => account.endOthers().then(again)}
        />
      )}
    </>
  );
}
