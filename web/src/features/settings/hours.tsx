/** When the desk is open, and by when it owes an answer. */
import { useState } from 'react';
import type { OutputOf } from '../../api/call.ts';
import { useAct, useNeeded } from '../../api/queries.ts';
import { Button } from '../../components/button.tsx';
import { TextArea, TextField } from '../../components/field.tsx';
import { Badge, Panel } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { Editable, EditableRow, NamedForm } from './editable.tsx';
import { Check, Form, Hint } from './form.tsx';
import { Moved, useSeen } from './seen.tsx';

const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
const split = (text: string): string[] => text.split(/[\s,;]+/).filter((one) => one !== '');

export function Section() {
  const hours = useNeeded('get_business_hours', {});
  return (
    <>
      <Panel
        title={t('settings.hours.open')}
        aside={
          <Badge tone={hours.openNow ? 'good' : 'plain'}>
            {t(hours.openNow ? 'settings.hours.openNow' : 'settings.hours.closedNow')}
          </Badge>
        }
      >
        <Hours hours={hours} />
      </Panel>
      <Panel title={t('settings.hours.policies')}>
        <Policies />
      </Panel>
    </>
  );
}

function Hours({ hours }: { hours: OutputOf<'get_business_hours'> }) {
  const set = useAct('set_business_hours', ['get_business_hours', 'list_audit']);
  const part = partOf(hours);
  const [always, setAlways] = useState(part.always);
  const [week, setWeek] = useState(part.week);
  const [holidays, setHolidays] = useState(part.holidays);
  const {
    moved,
    take,
    insist,
    save: saveSeen,
  } = useSeen({ version: hours.version, part }, { always, week, holidays }, (now) => {
    setAlways(now.always);
    setWeek(now.week);
    setHolidays(now.holidays);
  });
  const save = () => {
    const open = Object.fromEntries(days.map((day) => [day, split(week[day]!)]));
    const given = { ...(always ? { alwaysOpen: true } : open), holidays: split(holidays) };
    return saveSeen((version) => set.mutateAsync({ version, ...given }));
  };
  return (
    <Form onSave={save} done={t('settings.saved')}>
      <Check
        label={t('settings.hours.always')}
        hint={t('settings.hours.alwaysHint')}
        checked={always}
        onChange={setAlways}
      />
      {!always && (
        <>
          <Hint>{t('settings.hours.weekHint', { zone: hours.timeZone })}</Hint>
          <div className="grid gap-x-3 sm:grid-cols-2">
            {days.map((day) => (
              <TextField
                key={day}
                label={t(`settings.hours.${day}`)}
                value={week[day] ?? ''}
                placeholder={t('settings.hours.closed')}
                onChange={({ target }) => setWeek({ ...week, [day]: target.value })}
              />
            ))}
          </div>
        </>
      )}
      <TextArea
        label={t('settings.hours.holidays')}
        hint={t('settings.hours.holidaysHint')}
        value={holidays}
        onChange={({ target }) => setHolidays(target.value)}
      />
      {moved && (
        <Moved onTake={take} onInsist={insist}>
          {moved.always
            ? t('settings.hours.always')
            : days.map((day) => (
                <p key={day}>
                  {t(`settings.hours.${day}`)}: {moved.week[day] || t('settings.hours.closed')}
                </p>
              ))}
          <p>
            {t('settings.hours.holidays')}: {moved.holidays}
          </p>
        </Moved>
      )}
    </Form>
  );
}

/** As it stands in the form. */
const partOf = (hours: OutputOf<'get_business_hours'>) => ({
  always: hours.alwaysOpen,
  week: Object.fromEntries(days.map((day) => [day, hours[day].join(', ')] as const)),
  holidays: hours.holidays.join('\n'),
});

type Policy = OutputOf<'list_sla_policies'>['policies'][number];
const touched = ['list_sla_policies', 'list_tickets', 'get_ticket', 'list_audit'] as const;

function Policies() {
  const { policies } = useNeeded('list_sla_policies', {});
  const remove = useAct('delete_sla_policy', touched);
  const [editing, setEditing] = useState<string>();
  return (
    <>
      <Hint>{t('settings.hours.policiesAbout')}</Hint>
      <Editable
        label={t('settings.hours.policies')}
        items={policies}
        idOf={({ policyId }) => policyId}
        row={(policy, onEdit) => (
          <EditableRow
            name={policy.name}
            onEdit={onEdit}
            removeText={t('settings.hours.removeText')}
            onRemove={() => remove.mutateAsync({ policyId: policy.policyId })}
          >
            <span className="block text-xs text-muted">{described(policy)}</span>
          </EditableRow>
        )}
        editor={(policy, onDone) => <PolicyEditor policy={policy} onDone={onDone} />}
        editing={editing}
        onEdit={setEditing}
      />
      {editing === 'new' ? (
        <PolicyEditor policy={undefined} onDone={() => setEditing(undefined)} />
      ) : (
        <Button size="small" onClick={() => setEditing('new')}>
          {t('settings.hours.add')}
        </Button>
      )}
    </>
  );
}

const described = ({ firstResponseMinutes, resolutionMinutes, priorities, tag, inBusinessHours }: Policy) =>
  [
    firstResponseMinutes !== null && t('settings.hours.firstIn', { count: firstResponseMinutes }),
    resolutionMinutes !== null && t('settings.hours.doneIn', { count: resolutionMinutes }),
    priorities.map((one) => t(`priority.${one}`)).join(', '),
    tag,
    t(inBusinessHours ? 'settings.hours.inHours' : 'settings.hours.roundClock'),
  ]
    .filter(Boolean)
    .join(' · ');

const priorities = ['low', 'normal', 'high', 'urgent'] as const;
const minutesOf = (text: string) => (text.trim() === '' ? null : Number(text));

function PolicyEditor({ policy, onDone }: { policy: Policy | undefined; onDone(): void }) {
  const create = useAct('create_sla_policy', touched);
  const update = useAct('update_sla_policy', touched);
  const [name, setName] = useState(policy?.name ?? '');
  const [first, setFirst] = useState(String(policy?.firstResponseMinutes ?? ''));
  const [done, setDone] = useState(String(policy?.resolutionMinutes ?? ''));
  const [tag, setTag] = useState(policy?.tag ?? '');
  const [chosen, setChosen] = useState<readonly (typeof priorities)[number][]>(policy?.priorities ?? []);
  const [inBusinessHours, setIn] = useState(policy?.inBusinessHours ?? true);
  const [position, setPosition] = useState(String(policy?.position ?? 0));
  const save = () => {
    const values = {
      name,
      firstResponseMinutes: minutesOf(first),
      resolutionMinutes: minutesOf(done),
      tag: tag.trim() || null,
      priorities: [...chosen],
      inBusinessHours,
      position: Number(position),
    };
    return policy ? update.mutateAsync({ policyId: policy.policyId, ...values }) : create.mutateAsync(values);
  };
  return (
    <NamedForm name={name} onName={setName} onSave={save} onDone={onDone}>
      <div className="grid gap-x-3 sm:grid-cols-2">
        <TextField
          label={t('settings.hours.first')}
          hint={t('settings.hours.minutesHint')}
          type="number"
          min={1}
          value={first}
          onChange={({ target }) => setFirst(target.value)}
        />
        <TextField
          label={t('settings.hours.done')}
          hint={t('settings.hours.minutesHint')}
          type="number"
          min={1}
          value={done}
          onChange={({ target }) => setDone(target.value)}
        />
        <TextField
          label={t('settings.hours.tag')}
          hint={t('settings.hours.tagHint')}
          value={tag}
          maxLength={50}
          onChange={({ target }) => setTag(target.value)}
        />
        <TextField
          label={t('settings.hours.position')}
          hint={t('settings.hours.positionHint')}
          type="number"
          min={0}
          value={position}
          onChange={({ target }) => setPosition(target.value)}
        />
      </div>
      <fieldset className="mb-3">
        <legend className="mb-1 font-medium">{t('settings.hours.priorities')}</legend>
        <div className="flex flex-wrap gap-x-4">
          {priorities.map((one) => (
            <label key={one} className="flex items-center gap-1.5">
              <input
                type="checkbox"
                checked={chosen.includes(one)}
                onChange={({ target }) =>
                  setChosen(target.checked ? [...chosen, one] : chosen.filter((other) => other !== one))
                }
              />
              {t(`priority.${one}`)}
            </label>
          ))}
        </div>
        <p className="mt-1 text-xs text-muted">{t('settings.hours.prioritiesHint')}</p>
      </fieldset>
      <Check label={t('settings.hours.count')} checked={inBusinessHours} onChange={setIn} />
    </NamedForm>
  );
}
