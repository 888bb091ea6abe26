/** Known issues: what agents and members reported, where it stands, and which tickets it explains. */
import { Unlink } from 'lucide-react';
import { call, type OutputOf } from '../../api/call.ts';
import { operationKey, useRead } from '../../api/queries.ts';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { SelectField } from '../../components/field.tsx';
import { Badge, Loading, Panel, Time } from '../../components/page.tsx';
import { TicketLink } from '../../components/ticket-link.tsx';
import { t } from '../../messages/messages.ts';
import { actorName, usePeople } from '../inbox/people.ts';
import { Frame, type Open } from './frame.tsx';
import { liveDeeds } from './live-deeds.ts';
import { Blank, Detail, Opened } from './one.tsx';
import { useChanging, useDraft } from './use-draft.ts';
import { usePages } from './use-pages.ts';

type Issue = OutputOf<'get_issue'>;
type Status = Issue['status'];

const statuses: readonly Status[] = ['open', 'investigating', 'fixed'];
const tones = { open: 'bad', investigating: 'warn', fixed: 'good' } as const;
const touches = ['list_issues', 'get_issue'] as const;

export const IssuesPage = () => (
  <Frame
    tab="help.issues"
    newTitle="help.newIssue"
    operation="list_issues"
    filters={[
      { title: 'help.all', input: {} },
      { title: 'help.drafts', input: { published: false } },
      { title: 'issue.open', input: { status: 'open' } },
      { title: 'issue.investigating', input: { status: 'investigating' } },
      { title: 'issue.fixed', input: { status: 'fixed' } },
    ]}
    lines={({ issues }) =>
      issues.map((issue) => ({ id: issue.issueId, title: issue.title, about: <State {...issue} /> }))
    }
    blank={(open) => <NewIssue onOpen={open} />}
    opened={(id, open) => <OpenIssue id={id} onOpen={open} />}
  />
);

const State = ({ status, published, tickets }: Pick<Issue, 'status' | 'published' | 'tickets'>) => (
  <>
    <StatusBadge status={status} />
    {!published && <Badge>{t('help.isDraft')}</Badge>}
    <span>{t('issue.tickets', { count: tickets })}</span>
  </>
);

const StatusBadge = ({ status }: { status: Status }) => (
  <Badge tone={tones[status]}>{t(`issue.${status}`)}</Badge>
);

function NewIssue({ onOpen }: { onOpen: Open }) {
  const { slug } = useWorkspace();
  return (
    <Blank
      title="help.newIssue"
      hint="issue.addHint"
      touches={['list_issues']}
      ways={[
        {
          id: 'publish',
          title: t('issue.add'),
          look: 'primary',
          done: t('help.nowPublished'),
          async add(written, added) {
            const { issueId } = await call(slug, 'create_issue', written);
            added();
            onOpen(issueId);
          },
        },
      ]}
    />
  );
}

const OpenIssue = ({ id, onOpen }: { id: string; onOpen: Open }) => (
  <Opened read={useRead('get_issue', { issueId: id })}>
    {(issue) => <IssueDetail issue={issue} onOpen={onOpen} />}
  </Opened>
);

function IssueDetail({ issue, onOpen }: { issue: Issue; onOpen: Open }) {
  const { slug, role } = useWorkspace();
  const { nameOf } = usePeople();
  const { issueId, published } = issue;
  const draft = useDraft(issue, operationKey(slug, 'get_issue', { issueId }));
  const { written, version, settle } = draft;
  const changing = useChanging();
  const save = async (more: { status?: Status } = {}) =>
    settle(await call(slug, 'update_issue', { issueId, version, ...written, ...more }));
  const deeds = liveDeeds({
    draft,
    changing,
    published,
    touches,
    save,
    publish: async (seen) =>
      settle(await call(slug, 'publish_issue', { issueId, version: seen, published: !published })),
    discard:
      !published &&
      issue.tickets === 0 &&
      (async () => {
        await call(slug, 'discard_draft', { id: issueId, version });
        draft.forget();
        onOpen(undefined);
      }),
  });
  const move = (status: Status) =>
    void changing.change(() => save({ status }), t(published ? 'help.savedLive' : 'help.saved'), touches);
  const writes = isAtLeast(role, 'operator');
  return (
    <Detail
      {...{ draft, deeds }}
      about={
        <>
          <State {...issue} />
          <span>
            {actorName(issue.author, nameOf)}, <Time at={issue.createdAt} full />
          </span>
        </>
      }
      above={
        writes && (
          <StatusField status={issue.status} disabled={changing.busy || !draft.isReady} onMove={move} />
        )
      }
      aboutPreview={<StatusBadge status={issue.status} />}
      below={<Tickets issueId={issueId} mayUnlink={writes} />}
    />
  );
}

const StatusField = (props: { status: Status; disabled: boolean; onMove(status: Status): void }) => (
  <div className="max-w-60">
    <SelectField
      label={t('issue.status')}
      value={props.status}
      disabled={props.disabled}
      onChange={({ target }) => props.onMove(target.value as Status)}
    >
      {statuses.map((status) => (
        <option key={status} value={status}>
          {t(`issue.${status}`)}
        </option>
      ))}
    </SelectField>
  </div>
);

function Tickets({ issueId, mayUnlink }: { issueId: string; mayUnlink: boolean }) {
  const { slug } = useWorkspace();
  const { lines, more, loading, loadMore } = usePages(
    'list_issue_tickets',
    { issueId },
    ({ tickets }) => tickets,
  );
  const { busy, change } = useChanging();
  return (
    <Panel title={t('help.issue.linked')} className="mt-4">
      {loading && <Loading />}
      {!loading && lines.length === 0 && <p className="text-muted">{t('help.issue.none')}</p>}
      <ul>
        {lines.map(({ ticketId, number, subject, status }) => (
          <li key={ticketId} className="flex items-center gap-2 border-b border-line py-1 last:border-b-0">
            <TicketLink ticketId={ticketId} className="min-w-0 flex-1 truncate">
              #{number} {subject}
            </TicketLink>
            <Badge>{t(`status.${status}`)}</Badge>
            {mayUnlink && (
              <IconButton
                label={t('help.issue.unlink', { number })}
                disabled={busy}
                onClick={() =>
                  void change(
                    () => call(slug, 'unlink_issue', { ticketId, issueId }),
                    t('help.issue.unlinked', { number }),
                    ['list_issue_tickets', ...touches],
                  )
                }
              >
                <Unlink size={16} aria-hidden />
              </IconButton>
            )}
          </li>
        ))}
      </ul>
      {more && (
        <Button className="mt-2" onClick={loadMore}>
          {t('common.more')}
        </Button>
      )}
    </Panel>
  );
}
