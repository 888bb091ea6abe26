/** What a macro or a rule does: a list of steps that one edits. */
import { X } from 'lucide-react';
import { Suspense } from 'react';
import type { InputOf } from '../../api/call.ts';
import { useNeeded } from '../../api/queries.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Loading } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { usePeople } from '../inbox/people.ts';
import { Choice, Line } from './form.tsx';

export type Step = InputOf<'create_rule'>['actions'][number];
export type MacroStep = InputOf<'create_macro'>['actions'][number];
type Kind = Step['kind'];

const ofMacros = [
  'set_status',
  'set_priority',
  'set_assignee',
  'set_team',
  'assign_round_robin',
  'add_tags',
  'remove_tags',
  'snooze',
  'add_note',
  'reply',
] as const satisfies readonly Kind[];
const ofRules = [
  ...ofMacros,
  'macro',
  'acknowledge',
  'out_of_hours_reply',
] as const satisfies readonly Kind[];

const statuses = ['open', 'pending', 'resolved', 'closed', 'spam'] as const;
const priorities = ['low', 'normal', 'high', 'urgent'] as const;
export const tagsIn = (text: string): string[] => text.split(/[\s,]+/).filter((one) => one !== '');

/** What can be chosen in a step, by the ids that operations take. */
function useChoices() {
  const { members } = usePeople();
  const { teams } = useNeeded('list_teams', {});
  const { savedReplies } = useNeeded('list_saved_replies', { limit: 50 });
  const { macros } = useNeeded('list_macros', { limit: 50 });
  return {
    members: members
      .filter(({ role }) => role !== 'viewer')
      .map(({ userId, name }) => [userId, name] as const),
    teams: teams.map(({ teamId, name }) => [teamId, name] as const),
    replies: savedReplies.map(({ savedReplyId, name }) => [savedReplyId, name] as const),
    macros: macros.map(({ macroId, name }) => [macroId, name] as const),
  };
}
type Choices = ReturnType<typeof useChoices>;

/** A step of a kind, as it is before one says more. */
function fresh(kind: Kind, { teams, replies, macros }: Choices): Step {
  const savedReplyId = replies[0]?.[0] ?? '';
  switch (kind) {
    case 'set_status':
      return { kind, status: 'pending' };
    case 'set_priority':
      return { kind, priority: 'high' };
    case 'set_assignee':
      return { kind, userId: null };
    case 'set_team':
      return { kind, teamId: null };
    case 'assign_round_robin':
      return { kind, teamId: teams[0]?.[0] ?? '' };
    case 'add_tags':
    case 'remove_tags':
      return { kind, tags: [] };
    case 'snooze':
      return { kind, hours: 24 };
    case 'add_note':
      return { kind, body: '' };
    case 'macro':
      return { kind, macroId: macros[0]?.[0] ?? '' };
    default:
      return { kind, savedReplyId };
  }
}

/** Steps in words, where they are not edited. */
export const StepsShown = ({ steps }: { steps: readonly Step[] }) => (
  <Suspense fallback={<Loading />}>
    <KnownShown steps={steps} />
  </Suspense>
);

function KnownShown({ steps }: { steps: readonly Step[] }) {
  const names = new Map(Object.values(useChoices()).flat());
  const saidOf = (value: unknown) =>
    Array.isArray(value) ? value.join(', ') : (names.get(String(value)) ?? String(value ?? '–'));
  return (
    <ol>
      {steps.map(({ kind, ...more }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
        <li key={at}>{[t(`settings.do.${kind}`), ...Object.values(more).map(saidOf)].join(' · ')}</li>
      ))}
    </ol>
  );
}

interface StepsProps<T extends Step> {
  steps: readonly T[];
  /** Rules may do more than macros. */
  of: 'macros' | 'rules';
  onChange(to: T[]): void;
}

/** Not before what a step begins with is known: one without it would look whole, and be refused. */
export const Steps = <T extends Step>(props: StepsProps<T>) => (
  <Suspense fallback={<Loading />}>
    <KnownSteps {...props} />
  </Suspense>
);

function KnownSteps<T extends Step>(props: StepsProps<T>) {
  const { steps, onChange } = props;
  const choices = useChoices();
  const kinds: readonly Kind[] = props.of === 'rules' ? ofRules : ofMacros;
  const set = (at: number, to: Step) => onChange(steps.map((one, i) => (i === at ? (to as T) : one)));
  return (
    <fieldset className="mb-3">
      <legend className="mb-1 font-medium">{t('settings.do')}</legend>
      <ol className="flex flex-col gap-2">
        {steps.map((step, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
          <li key={at} className="flex flex-wrap items-center gap-2">
            <Choice
              label={t('settings.do.kind', { number: at + 1 })}
              value={step.kind}
              options={kinds.map((kind) => [kind, t(`settings.do.${kind}`)] as const)}
              onChange={(kind) => set(at, fresh(kind, choices))}
            />
            <More step={step} choices={choices} onChange={(to) => set(at, to)} />
            <IconButton
              label={t('settings.do.remove', { number: at + 1 })}
              onClick={() => onChange(steps.filter((_, i) => i !== at))}
            >
              <X size={14} aria-hidden />
            </IconButton>
          </li>
        ))}
      </ol>
      <Button
        size="small"
        className="mt-2"
        onClick={() => onChange([...steps, fresh('set_status', choices) as T])}
      >
        {t('settings.do.add')}
      </Button>
    </fieldset>
  );
}

/** What a step needs beside its kind. */
function More(props: { step: Step; choices: Choices; onChange(to: Step): void }) {
  const { step, choices, onChange } = props;
  const label = t(`settings.do.${step.kind}`);
  const nobody = [['', t('ticket.nobody')] as const];
  switch (step.kind) {
    case 'set_status':
      return (
        <Choice
          label={label}
          value={step.status}
          options={statuses.map((one) => [one, t(`status.${one}`)] as const)}
          onChange={(status) => onChange({ ...step, status })}
        />
      );
    case 'set_priority':
      return (
        <Choice
          label={label}
          value={step.priority}
          options={priorities.map((one) => [one, t(`priority.${one}`)] as const)}
          onChange={(priority) => onChange({ ...step, priority })}
        />
      );
    case 'set_assignee':
      return (
        <Choice
          label={label}
          value={step.userId ?? ''}
          options={[...nobody, ...choices.members]}
          onChange={(userId) => onChange({ ...step, userId: userId || null })}
        />
      );
    case 'set_team':
      return (
        <Choice
          label={label}
          value={step.teamId ?? ''}
          options={[['', t('ticket.noTeam')] as const, ...choices.teams]}
          onChange={(teamId) => onChange({ ...step, teamId: teamId || null })}
        />
      );
    case 'assign_round_robin':
      return (
        <Choice
          label={label}
          value={step.teamId}
          options={choices.teams}
          onChange={(teamId) => onChange({ ...step, teamId })}
        />
      );
    case 'add_tags':
    case 'remove_tags':
      return <Tags label={label} tags={step.tags} onChange={(tags) => onChange({ ...step, tags })} />;
    case 'snooze':
      return (
        <Line
          label={t('settings.do.hours')}
          type="number"
          className="w-24"
          value={String(step.hours)}
          onChange={(hours) => onChange({ ...step, hours: Number(hours) })}
        />
      );
    case 'add_note':
      return (
        <textarea
          aria-label={label}
          className="min-h-16 w-full rounded-md border border-line bg-panel px-2 py-1"
          value={step.body}
          onChange={({ target }) => onChange({ ...step, body: target.value })}
        />
      );
    case 'macro':
      return (
        <Choice
          label={label}
          value={step.macroId}
          options={choices.macros}
          onChange={(macroId) => onChange({ ...step, macroId })}
        />
      );
    default:
      return (
        <Choice
          label={label}
          value={step.savedReplyId}
          options={choices.replies}
          onChange={(savedReplyId) => onChange({ ...step, savedReplyId })}
        />
      );
  }
}

/** As one types, so that a space may stand at the end. */
function Tags(props: { label: string; tags: readonly string[]; onChange(to: string[]): void }) {
  return (
    <input
      aria-label={props.label}
      placeholder={t('settings.do.tags')}
      className="h-8 min-w-0 flex-1 basis-40 rounded-md border border-line bg-panel px-2"
      defaultValue={props.tags.join(' ')}
      onChange={({ target }) => props.onChange(tagsIn(target.value))}
    />
  );
}
