/** The desk: its name and time zone, and what strangers see of it. */

import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import type { OutputOf } from '../../api/call.ts';
import { queryClient, sessionQuery, useAct, useNeeded, useRead } from '../../api/queries.ts';
import { useWorkspace } from '../../app/workspace.ts';
import { Field, SelectField, TextField } from '../../components/field.tsx';
import { Panel } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { Check, Form, Warning } from './form.tsx';
import { Moved, useSeen } from './seen.tsx';

const timeZones = Intl.supportedValuesOf('timeZone');

export function Section() {
  return (
    <>
      <Panel title={t('settings.desk.about')}>
        <About />
      </Panel>
      <Panel title={t('settings.desk.strangers')}>
        <Strangers />
      </Panel>
      <Panel title={t('settings.desk.contact')}>
        <ContactPage />
      </Panel>
      <Panel title={t('settings.desk.ratings')}>
        <Ratings />
      </Panel>
    </>
  );
}

const useSettings = () => ({
  settings: useNeeded('get_desk_settings', {}),
  update: useAct('update_desk_settings', ['get_desk_settings', 'list_audit']),
});

function About() {
  const { name } = useWorkspace();
  const router = useRouter();
  const { settings, update } = useSettings();
  const rename = useAct('rename_workspace', ['list_audit']);
  const [said, setSaid] = useState(name);
  const [timeZone, setTimeZone] = useState(settings.timeZone);
  const {
    moved,
    take,
    insist,
    save: saveSeen,
  } = useSeen({ version: settings.version, part: settings.timeZone }, timeZone, setTimeZone);
  const save = async () => {
    if (timeZone !== settings.timeZone) {
      await saveSeen((version) => update.mutateAsync({ version, timeZone }));
    }
    if (said === name) return;
    await rename.mutateAsync({ name: said });
    await queryClient.invalidateQueries(sessionQuery);
    await queryClient.fetchQuery(sessionQuery);
    await router.invalidate();
  };
  return (
    <Form onSave={save} done={t('settings.saved')} idle={said === name && timeZone === settings.timeZone}>
      <TextField
        label={t('settings.desk.name')}
        hint={t('settings.desk.nameHint')}
        value={said}
        required
        maxLength={200}
        onChange={({ target }) => setSaid(target.value)}
      />
      <Field label={t('settings.desk.timeZone')} hint={t('settings.desk.timeZoneHint')}>
        {(id, describedBy) => (
          <>
            <input
              id={id}
              aria-describedby={describedBy}
              list={`${id}-zones`}
              className="h-8 w-full rounded-md border border-line bg-panel px-2"
              value={timeZone}
              onChange={({ target }) => setTimeZone(target.value)}
            />
            <datalist id={`${id}-zones`}>
              {timeZones.map((zone) => (
                <option key={zone} value={zone} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      {moved !== undefined && (
        <Moved onTake={take} onInsist={insist}>
          {moved}
        </Moved>
      )}
    </Form>
  );
}

type Sees = OutputOf<'get_desk_settings'>['agentsSee'];
const sights: readonly Sees[] = ['none', 'hand', 'tag', 'all'];

/** What strangers may see, plainly said, with a ticket as they would read it. */
export function Strangers({ onDone }: { onDone?: () => void }) {
  const { settings, update } = useSettings();
  const [agentsSee, setSees] = useState(settings.agentsSee);
  const [agentsTag, setTag] = useState(settings.agentsTag);
  const change = { agentsSee, agentsTag };
  const { moved, take, insist, save } = useSeen(
    { version: settings.version, part: { agentsSee: settings.agentsSee, agentsTag: settings.agentsTag } },
    change,
    (now) => {
      setSees(now.agentsSee);
      setTag(now.agentsTag);
    },
  );
  const same = agentsSee === settings.agentsSee && agentsTag === settings.agentsTag;
  return (
    <>
      <Form
        onSave={() => save((version) => update.mutateAsync({ version, ...change }))}
        done={t('settings.saved')}
        idle={same && !onDone}
        {...(onDone && { onDone })}
      >
        <fieldset className="mb-3">
          <legend className="mb-1 font-medium">{t('settings.desk.sees')}</legend>
          {sights.map((sight) => (
            <label key={sight} className="flex items-start gap-2 py-0.5">
              <input
                type="radio"
                name="sees"
                className="mt-0.5"
                checked={agentsSee === sight}
                onChange={() => setSees(sight)}
              />
              <span>{t(`settings.desk.sees.${sight}`)}</span>
            </label>
          ))}
        </fieldset>
        {agentsSee === 'tag' && (
          <TextField
            label={t('settings.desk.tag')}
            value={agentsTag}
            maxLength={50}
            required
            onChange={({ target }) => setTag(target.value)}
          />
        )}
        {agentsSee !== 'none' && (
          <Warning>{t(agentsSee === 'all' ? 'settings.desk.warnAll' : 'settings.desk.warn')}</Warning>
        )}
        {moved && (
          <Moved onTake={take} onInsist={insist}>
            {t(`settings.desk.sees.${moved.agentsSee}`)}
            {moved.agentsSee === 'tag' && ` ${moved.agentsTag}`}
          </Moved>
        )}
      </Form>
      <Preview />
    </>
  );
}

function Preview() {
  const { data } = useRead('list_tickets', { limit: 10, order: 'newest' });
  const [chosen, setChosen] = useState('');
  const ticketId = chosen || data?.tickets[0]?.ticketId || '';
  const { data: shown, error } = useRead('show_as_stranger', { ticketId }, { enabled: ticketId !== '' });
  if (!data || data.tickets.length === 0) return null;
  return (
    <section className="mt-4 border-t border-line pt-3" aria-label={t('settings.desk.preview')}>
      <SelectField
        label={t('settings.desk.preview')}
        hint={t('settings.desk.previewHint')}
        value={ticketId}
        onChange={({ target }) => setChosen(target.value)}
      >
        {data.tickets.map((ticket) => (
          <option key={ticket.ticketId} value={ticket.ticketId}>
            #{ticket.number} {ticket.subject}
          </option>
        ))}
      </SelectField>
      {error && <p className="text-bad">{error.message}</p>}
      {shown && (
        <article className="rounded-md border border-line bg-sunken p-3">
          <h3 className="font-medium break-words">{shown.subject}</h3>
          {shown.messages.map((message) => (
            <div key={message.id} className="mt-2">
              <p className="text-xs text-muted">{t(`settings.author.${message.author}`)}</p>
              <p className="line-clamp-6 break-words whitespace-pre-wrap">{message.body}</p>
            </div>
          ))}
        </article>
      )}
    </section>
  );
}

/** Whether anybody may write in by the page, and where it is. */
export function ContactPage({ onDone }: { onDone?: () => void }) {
  const { slug } = useWorkspace();
  const { settings, update } = useSettings();
  const [contactPage, setOn] = useState(settings.contactPage);
  // On or off: what it is now is one of both that one sees.
  const { save } = useSeen({ version: settings.version, part: settings.contactPage }, contactPage, setOn);
  const path = `/${slug}/contact`;
  return (
    <Form
      onSave={() => save((version) => update.mutateAsync({ version, contactPage }))}
      done={t('settings.saved')}
      idle={contactPage === settings.contactPage && !onDone}
      {...(onDone && { onDone })}
    >
      <Check
        label={t('settings.desk.contactPage')}
        hint={t('settings.desk.contactHint')}
        checked={contactPage}
        onChange={setOn}
      />
      {settings.contactPage && (
        <p className="mb-3">
          <a href={path} target="_blank" rel="noreferrer" className="break-all text-accent underline">
            {`${window.location.origin}${path}`}
          </a>
        </p>
      )}
    </Form>
  );
}

function Ratings() {
  const { settings, update } = useSettings();
  const [askForRating, setAsk] = useState(settings.askForRating);
  const [days, setDays] = useState(String(settings.ratingPauseDays));
  const { moved, take, insist, save } = useSeen(
    {
      version: settings.version,
      part: { askForRating: settings.askForRating, days: String(settings.ratingPauseDays) },
    },
    { askForRating, days },
    (now) => {
      setAsk(now.askForRating);
      setDays(now.days);
    },
  );
  return (
    <Form
      onSave={() =>
        save((version) => update.mutateAsync({ version, askForRating, ratingPauseDays: Number(days) }))
      }
      done={t('settings.saved')}
      idle={askForRating === settings.askForRating && days === String(settings.ratingPauseDays)}
    >
      <Check
        label={t('settings.desk.askForRating')}
        hint={t('settings.desk.askHint')}
        checked={askForRating}
        onChange={setAsk}
      />
      {askForRating && (
        <TextField
          label={t('settings.desk.pause')}
          type="number"
          min={1}
          max={365}
          value={days}
          onChange={({ target }) => setDays(target.value)}
        />
      )}
      {moved && (
        <Moved onTake={take} onInsist={insist}>
          {t(moved.askForRating ? 'settings.desk.asks' : 'settings.desk.asksNot')} {t('settings.desk.pause')}:{' '}
          {moved.days}
        </Moved>
      )}
    </Form>
  );
}
