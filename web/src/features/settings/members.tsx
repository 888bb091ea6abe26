/** Members, invitations and teams. */
import { useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { OutputOf, Role } from '../../api/call.ts';
import { sessionQuery, useAct, useNeeded, useRead } from '../../api/queries.ts';
import { say, sayRefused } from '../../app/toasts.tsx';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { Badge, Panel, Time } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { AskingButton, Choice, Form, Hint, Row, Rows } from './form.tsx';

type Member = OutputOf<'list_members'>['members'][number];
type Team = OutputOf<'list_teams'>['teams'][number];

const touchedByTeams = ['list_teams', 'list_audit'] as const;

const roles: readonly Role[] = ['viewer', 'operator', 'admin', 'owner'];
/** Roles that a role may give: admins decide about viewers and operators, owners about all. */
const givenBy = (role: Role): readonly Role[] => (role === 'owner' ? roles : roles.slice(0, 2));
const named = (list: readonly Role[]) => list.map((role) => [role, t(`role.${role}`)] as const);

export function Section() {
  const decides = isAtLeast(useWorkspace().role, 'admin');
  return (
    <>
      <Panel title={t('settings.members.members')}>
        <Members />
      </Panel>
      {decides && (
        <Panel title={t('settings.members.invite')}>
          <Invite />
          <Invitations />
        </Panel>
      )}
      <Panel title={t('settings.members.teams')}>
        <Teams />
      </Panel>
    </>
  );
}

function Members() {
  const { members } = useNeeded('list_members', {});
  return (
    <Rows label={t('settings.members.members')}>
      {members.map((member) => (
        <MemberRow key={member.userId} member={member} />
      ))}
    </Rows>
  );
}

function MemberRow({ member }: { member: Member }) {
  const { role: own, user } = useWorkspace();
  const { userId, name, email, role, memberSince } = member;
  const mayChange = isAtLeast(own, 'admin') && givenBy(own).includes(role);
  return (
    <Row
      aside={
        <>
          {mayChange ? <Changing member={member} own={own} /> : <Badge>{t(`role.${role}`)}</Badge>}
          {userId === user.id && <Leave />}
        </>
      }
    >
      <span className="font-medium">{name}</span>{' '}
      {userId === user.id && <Badge tone="accent">{t('settings.members.you')}</Badge>}
      <span className="block text-xs text-muted">
        {email} · {t('settings.members.since')} <Time at={memberSince} />
      </span>
    </Row>
  );
}

function Leave() {
  const { name } = useWorkspace();
  const leave = useAct('leave_workspace');
  return (
    <AskingButton
      label={t('settings.members.leave')}
      name={t('settings.members.leaveDesk', { desk: name })}
      question={t('settings.members.leaveDesk', { desk: name })}
      text={t('settings.members.leaveText')}
      done={t('settings.members.left')}
      run={async () => {
        await leave.mutateAsync({});
        window.location.assign('/app');
      }}
    />
  );
}

/** Giving a member another role, and sending them away. */
function Changing({ member: { userId, name, role }, own }: { member: Member; own: Role }) {
  const change = useAct('change_role', ['list_members', 'list_audit']);
  const { user } = useWorkspace();
  const remove = useAct('remove_member', ['list_members', 'list_teams', 'list_audit']);
  const give = (to: Role) => {
    const undo = () => change.mutateAsync({ userId, role });
    const onSuccess = () => say(t('settings.members.changed', { name, role: t(`role.${to}`) }), { undo });
    change.mutate({ userId, role: to }, { onSuccess, onError: sayRefused });
  };
  return (
    <>
      <Choice
        label={t('settings.members.roleOf', { name })}
        value={role}
        options={named(givenBy(own))}
        onChange={give}
      />
      {userId !== user.id && (
        <AskingButton
          label={t('settings.remove')}
          name={t('settings.members.removeNamed', { name })}
          question={t('settings.members.removeNamed', { name })}
          text={t('settings.members.removeText')}
          done={t('settings.members.removed', { name })}
          run={() => remove.mutateAsync({ userId })}
        />
      )}
    </>
  );
}

/** Asks somebody to work the desk. */
export function Invite() {
  const { role: own } = useWorkspace();
  const { mailsLeave } = useSuspenseQuery(sessionQuery).data;
  const invite = useAct('invite_member', ['list_invitations', 'list_audit']);
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('operator');
  return (
    <Form
      label={t('settings.members.inviteButton')}
      done={t('settings.members.invited', { email })}
      idle={email === ''}
      onSave={() => invite.mutateAsync({ email, role })}
      onDone={() => setEmail('')}
    >
      <div className="grid gap-x-3 sm:grid-cols-[1fr_12rem]">
        <TextField
          label={t('settings.members.email')}
          type="email"
          value={email}
          autoComplete="off"
          onChange={({ target }) => setEmail(target.value)}
        />
        <SelectField
          label={t('settings.members.role')}
          value={role}
          onChange={({ target }) => setRole(target.value as Role)}
        >
          {named(givenBy(own)).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </SelectField>
      </div>
      <Hint>{t(`role.${role}.may`)}</Hint>
      {!mailsLeave && <Hint>{t('settings.members.kept', { email: email || 'ada@example.com' })}</Hint>}
    </Form>
  );
}

export function Invitations() {
  const { invitations } = useNeeded('list_invitations', {});
  const cancel = useAct('cancel_invitation', ['list_invitations', 'list_audit']);
  if (invitations.length === 0) return null;
  return (
    <div className="mt-4 border-t border-line pt-2">
      <Rows label={t('settings.members.waiting')}>
        {invitations.map(({ invitationId, email, role, expiresAt }) => (
          <Row
            key={invitationId}
            aside={
              <AskingButton
                label={t('settings.members.cancel')}
                name={t('settings.members.cancelNamed', { email })}
                question={t('settings.members.cancelNamed', { email })}
                text={t('settings.members.cancelText')}
                done={t('settings.members.cancelled')}
                run={() => cancel.mutateAsync({ invitationId })}
              />
            }
          >
            {email} <Badge>{t(`role.${role}`)}</Badge>
            <span className="block text-xs text-muted">
              {t('settings.members.until')} <Time at={expiresAt} full />
            </span>
          </Row>
        ))}
      </Rows>
    </div>
  );
}

function Teams() {
  const decides = isAtLeast(useWorkspace().role, 'admin');
  const { teams } = useNeeded('list_teams', {});
  const create = useAct('create_team', touchedByTeams);
  const [name, setName] = useState('');
  return (
    <>
      {teams.length === 0 && <Hint>{t('settings.members.noTeams')}</Hint>}
      {teams.map((team) => (
        <TeamMembers key={team.teamId} team={team} mayChange={decides} />
      ))}
      {decides && (
        <Form
          label={t('settings.members.makeTeam')}
          done={t('settings.saved')}
          idle={name.trim() === ''}
          onSave={() => create.mutateAsync({ name })}
          onDone={() => setName('')}
        >
          <TextField
            label={t('settings.members.teamName')}
            value={name}
            maxLength={200}
            onChange={({ target }) => setName(target.value)}
          />
        </Form>
      )}
    </>
  );
}

function TeamMembers(props: { team: Team; mayChange: boolean }) {
  const { teamId, name, userIds } = props.team;
  const { data } = useRead('list_members', {});
  const add = useAct('add_team_member', touchedByTeams);
  const remove = useAct('remove_team_member', touchedByTeams);
  const put = (userId: string, isIn: boolean) =>
    (isIn ? add : remove).mutate({ teamId, userId }, { onError: sayRefused });
  return (
    <fieldset className="mb-3">
      <legend className="font-medium">{name}</legend>
      {props.mayChange && <TeamDeeds team={props.team} />}
      <div className="flex flex-wrap gap-x-4 gap-y-1">
        {data?.members.map((member) => (
          <label key={member.userId} className="flex items-center gap-1.5">
            <input
              type="checkbox"
              disabled={!props.mayChange}
              checked={userIds.includes(member.userId)}
              onChange={({ target }) => put(member.userId, target.checked)}
            />
            {member.name}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** Giving a team another name, and taking it away. */
function TeamDeeds({ team: { teamId, name } }: { team: Team }) {
  const rename = useAct('rename_team', touchedByTeams);
  const remove = useAct('delete_team', touchedByTeams);
  const [isOpen, setOpen] = useState(false);
  const [next, setNext] = useState(name);
  if (isOpen)
    return (
      <div className="my-2 rounded-md border border-accent p-3">
        <Form
          done={t('settings.saved')}
          idle={next.trim() === '' || next === name}
          onSave={() => rename.mutateAsync({ teamId, name: next })}
          onDone={() => setOpen(false)}
          onCancel={() => setOpen(false)}
        >
          <TextField
            label={t('settings.name')}
            value={next}
            maxLength={200}
            autoFocus
            onChange={({ target }) => setNext(target.value)}
          />
        </Form>
      </div>
    );
  return (
    <div className="my-1 flex gap-2">
      <Button
        size="small"
        aria-label={t('settings.members.renameTeam', { name })}
        onClick={() => {
          setNext(name);
          setOpen(true);
        }}
      >
        {t('settings.members.rename')}
      </Button>
      <AskingButton
        label={t('settings.remove')}
        name={t('settings.members.removeTeam', { name })}
        question={t('settings.members.removeTeam', { name })}
        text={t('settings.members.removeTeamText')}
        done={t('settings.removed', { name })}
        run={() => remove.mutateAsync({ teamId })}
      />
    </div>
  );
}
