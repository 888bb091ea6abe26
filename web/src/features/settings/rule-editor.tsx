/** One rule: when, if, then. */
import { X } from 'lucide-react';
import { useState } from 'react';
import type { InputOf, OutputOf } from '../../api/call.ts';
import { useAct, useRead } from '../../api/queries.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { t } from '../../messages/messages.ts';
import { usePeople } from '../inbox/people.ts';
import { type Step, Steps, StepsShown } from './do.tsx';
import { NamedForm } from './editable.tsx';
import { Choice, Line } from './form.tsx';
import { Moved, useSeen } from './seen.tsx';

type Rule = OutputOf<'list_rules'>['rules'][number];
type Trigger = Rule['trigger'];
type Condition = Required<NonNullable<InputOf<'create_rule'>['allOf']>[number]>;

export const touchedByRules = ['list_rules', 'list_audit'] as const;

const triggers: readonly Trigger[] = [
  'ticket.created',
  'ticket.updated',
  'message.by_customer',
  'message.by_operator',
  'proposal.created',
  'proposal.approved',
  'proposal.rejected',
  'after.customer_message',
  'after.operator_message',
  'after.status',
  'due.first_response',
  'due.resolution',
];
const waits = (trigger: Trigger): boolean => /^(after|due)\./.test(trigger);

export function RuleEditor({ rule, onDone }: { rule: Rule | undefined; onDone(): void }) {
  const create = useAct('create_rule', touchedByRules);
  const update = useAct('update_rule', touchedByRules);
  const [name, setName] = useState(rule?.name ?? '');
  const [trigger, setTrigger] = useState<Trigger>(rule?.trigger ?? 'ticket.created');
  const [minutes, setMinutes] = useState(String(rule?.minutes ?? 60));
  const [allOf, setAllOf] = useState<Condition[]>(rule?.allOf ?? []);
  const [anyOf, setAnyOf] = useState<Condition[]>(rule?.anyOf ?? []);
  const [actions, setActions] = useState<Step[]>(rule?.actions ?? []);
  const values = { name, trigger, minutes: waits(trigger) ? Number(minutes) : null, allOf, anyOf, actions };
  const { moved, take, insist, save } = useSeen(
    rule && { version: rule.version, part: partOf(rule) },
    values,
    (now) => {
      setName(now.name);
      setTrigger(now.trigger);
      setMinutes(String(now.minutes ?? 60));
      setAllOf(now.allOf);
      setAnyOf(now.anyOf);
      setActions(now.actions);
    },
  );
  return (
    <NamedForm
      name={name}
      onName={setName}
      idle={actions.length === 0}
      onSave={() =>
        rule
          ? save((version) => update.mutateAsync({ ruleId: rule.ruleId, version, ...values }))
          : create.mutateAsync(values)
      }
      onDone={onDone}
    >
      <div className="grid gap-x-3 sm:grid-cols-[1fr_10rem]">
        <SelectField
          label={t('settings.rules.when')}
          value={trigger}
          onChange={({ target }) => setTrigger(target.value as Trigger)}
        >
          {triggers.map((one) => (
            <option key={one} value={one}>
              {t(`settings.trigger.${one}`, { minutes: minutes || '…' })}
            </option>
          ))}
        </SelectField>
        {waits(trigger) && (
          <TextField
            label={t('settings.rules.minutes')}
            type="number"
            min={0}
            value={minutes}
            onChange={({ target }) => setMinutes(target.value)}
          />
        )}
      </div>
      <Conditions legend={t('settings.rules.allOf')} conditions={allOf} onChange={setAllOf} />
      <Conditions legend={t('settings.rules.anyOf')} conditions={anyOf} onChange={setAnyOf} />
      <Steps of="rules" steps={actions} onChange={setActions} />
      {moved && (
        <Moved onTake={take} onInsist={insist}>
          <p className="font-medium">{moved.name}</p>
          <p>{t(`settings.trigger.${moved.trigger}`, { minutes: moved.minutes ?? 0 })}</p>
          {[...moved.allOf, ...moved.anyOf].map(({ field, test, values: asked }) => (
            <p key={`${field} ${test} ${asked}`}>
              {t(`settings.field.${field}`)} {t(`settings.test.${test}`)} {asked.join(', ')}
            </p>
          ))}
          <StepsShown steps={moved.actions} />
        </Moved>
      )}
    </NamedForm>
  );
}

/** What of a rule is edited here. */
const partOf = ({ name, trigger, minutes, allOf, anyOf, actions }: Rule) => ({
  ...{ name, trigger, minutes, actions },
  allOf: allOf as Condition[],
  anyOf: anyOf as Condition[],
});

type Test = Condition['test'];
type Asked = Condition['field'];
const equals: readonly Test[] = ['is', 'is_not'];
const orEmpty: readonly Test[] = [...equals, 'is_empty', 'is_not_empty'];
const within: readonly Test[] = ['contains', 'contains_not'];

/** What can be asked of each, as the server has it. */
const askable: Record<Asked, readonly Test[]> = {
  status: equals,
  priority: equals,
  tag: orEmpty,
  channel: equals,
  mailbox: orEmpty,
  assignee: orEmpty,
  team: orEmpty,
  customer_domain: orEmpty,
  subject: within,
  body: within,
  business_hours: equals,
};
const askedFields = Object.keys(askable) as Asked[];
const takesValues = (test: Test): boolean => test !== 'is_empty' && test !== 'is_not_empty';

function Conditions(props: {
  legend: string;
  conditions: readonly Condition[];
  onChange(to: Condition[]): void;
}) {
  const { legend, conditions, onChange } = props;
  const set = (at: number, to: Condition) => onChange(conditions.map((one, i) => (i === at ? to : one)));
  return (
    <fieldset className="mb-3">
      <legend className="mb-1 font-medium">{legend}</legend>
      <ul className="flex flex-col gap-2">
        {conditions.map((condition, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a condition is its place
          <li key={at} className="flex flex-wrap items-center gap-2">
            <Choice
              label={t('settings.rules.field')}
              value={condition.field}
              options={askedFields.map((field) => [field, t(`settings.field.${field}`)] as const)}
              onChange={(field) => set(at, { field, test: askable[field][0]!, values: [] })}
            />
            <Choice
              label={t('settings.rules.test')}
              value={condition.test}
              options={askable[condition.field].map((test) => [test, t(`settings.test.${test}`)] as const)}
              onChange={(test) =>
                set(at, { ...condition, test, values: takesValues(test) ? condition.values : [] })
              }
            />
            {takesValues(condition.test) && (
              <Values
                key={condition.field}
                condition={condition}
                onChange={(values) => set(at, { ...condition, values })}
              />
            )}
            <IconButton
              label={t('settings.rules.removeCondition')}
              onClick={() => onChange(conditions.filter((_, i) => i !== at))}
            >
              <X size={14} aria-hidden />
            </IconButton>
          </li>
        ))}
      </ul>
      <Button
        size="small"
        className="mt-1"
        onClick={() => onChange([...conditions, { field: 'status', test: 'is', values: ['open'] }])}
      >
        {t('settings.rules.addCondition')}
      </Button>
    </fieldset>
  );
}

/** Words of a few are chosen; others are typed, with commas between. */
function Values({ condition, onChange }: { condition: Condition; onChange(to: string[]): void }) {
  const { field, values } = condition;
  const { members } = usePeople();
  const { data } = useRead('list_teams', {});
  const [text, setText] = useState(values.join(', '));
  const options: Partial<Record<Asked, readonly (readonly [string, string])[]>> = {
    status: (['open', 'pending', 'snoozed', 'resolved', 'closed', 'spam'] as const).map(
      (one) => [one, t(`status.${one}`)] as const,
    ),
    priority: (['low', 'normal', 'high', 'urgent'] as const).map(
      (one) => [one, t(`priority.${one}`)] as const,
    ),
    channel: (['email', 'door', 'web', 'operator'] as const).map(
      (one) => [one, t(`settings.channel.${one}`)] as const,
    ),
    business_hours: (['inside', 'outside'] as const).map((one) => [one, t(`settings.hours.${one}`)] as const),
    assignee: members.map(({ userId, name }) => [userId, name] as const),
    team: (data?.teams ?? []).map(({ teamId, name }) => [teamId, name] as const),
  };
  const choices = options[field];
  if (!choices)
    return (
      <Line
        label={t('settings.rules.values')}
        placeholder={t('settings.rules.valuesHint')}
        className="flex-1 basis-40"
        value={text}
        onChange={(to) => {
          setText(to);
          onChange(
            to
              .split(',')
              .map((one) => one.trim())
              .filter((one) => one !== ''),
          );
        }}
      />
    );
  const [value = ''] = values;
  return (
    <Choice
      label={t('settings.rules.values')}
      value={value}
      // What was set with several keeps them until one is chosen.
      options={[
        ...(choices.some(([known]) => known === value) ? [] : [[value, t('settings.rules.choose')] as const]),
        ...choices,
      ]}
      onChange={(to) => onChange([to])}
    />
  );
}
