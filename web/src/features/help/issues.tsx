/** Known issues: what agents and members reported, where it stands, and which tickets it explains. */
import { getRouteApi, Link } from '@tanstack/react-router';
import { Unlink } from 'lucide-react';
import { useCallback, useState } from 'react';
import { call, type OutputOf } from '../../api/call.ts';
import { operationKey, queryClient, useRead } from '../../api/queries.ts';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { SelectField } from '../../components/field.tsx';
import { Badge, Loading, Panel, Time } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { actorName, usePeople } from '../inbox/people.ts';
import { Bar, type Deed } from './bar.tsx';
import { Filter, Frame } from './frame.tsx';
import { isComplete, TextEditor, type Written } from './text-editor.tsx';
import { useChanging, useDraft } from './use-draft.ts';
import { usePages } from './use-pages.ts';

const route = getRouteApi('/app/$workspace/issues');

type Issue = OutputOf<'get_issue'>;
type Status = Issue['status'];

const statuses: readonly Status[] = ['open', 'investigating', 'fixed'];
const tones = { open: 'bad', investigating: 'warn', fixed: 'good' } as const;
const touches = ['list_issues', 'get_issue'] as const;

const shown = [
  { value: 'all', title: 'help.all' },
  { value: 'drafts', title: 'help.drafts' },
  { value: 'open', title: 'issue.open' },
  { value: 'investigating', title: 'issue.investigating' },
  { value: 'fixed', title: 'issue.fixed' },
] as const;

type Show = (typeof shown)[number]['value'];

export function IssuesPage() {
  const { id } = route.useSearch();
  const navigate = route.useNavigate();
  const [show, setShow] = useState<Show>('all');
  const list = usePages(
    'list_issues',
    show === 'all' ? {} : show === 'drafts' ? { published: false } : { status: show },
    ({ issues }) => issues,
  );
  const open = useCallback(
    (next: string | undefined) => void navigate({ search: next ? { id: next } : {} }),
    [navigate],
  );
  return (
    <Frame
      tab="help.issues"
      newTitle="help.newIssue"
      filter={<Filter<Show> value={show} options={shown} onChange={setShow} />}
      list={{
        ...list,
        lines: list.lines.map((issue) => ({
          id: issue.issueId,
          title: issue.title,
          about: <State {...issue} />,
        })),
      }}
      current={id}
      onOpen={open}
    >
      {id === 'new' ? <NewIssue onOpen={open} /> : id && <OpenIssue key={id} id={id} onOpen={open} />}
    </Frame>
  );
}

const State = ({ status, published, tickets }: Pick<Issue, 'status' | 'published' | 'tickets'>) => (
  <>
    <Badge tone={tones[status]}>{t(`issue.${status}`)}</Badge>
    {!published && <Badge>{t('help.isDraft')}</Badge>}
    <span>{t('issue.tickets', { count: tickets })}</span>
  </>
);

function NewIssue({ onOpen }: { onOpen(id: string): void }) {
  const { slug } = useWorkspace();
  const [written, setWritten] = useState<Written>({ title: '', body: '' });
  const { busy, change } = useChanging();
  const add = async () => onOpen((await call(slug, 'create_issue', written)).issueId);
  const deeds: Deed[] = [
    {
      id: 'publish',
      title: t('issue.add'),
      look: 'primary',
      disabled: busy || !isComplete(written),
      run: () => void change(add, t('help.nowPublished'), ['list_issues']),
    },
  ];
  return (
    <>
      <div className="p-4">
        <h2 className="text-base font-semibold">{t('help.newIssue')}</h2>
        <p className="mb-3 text-muted">{t('issue.addHint')}</p>
        <TextEditor value={written} onChange={setWritten} readOnly={false} />
      </div>
      <Bar deeds={deeds} moved={false} onTake={() => {}} />
    </>
  );
}

function OpenIssue({ id, onOpen }: { id: string; onOpen(id: string | undefined): void }) {
  const { data, error } = useRead('get_issue', { issueId: id });
  if (error) return <p className="p-4 text-bad">{error.message}</p>;
  return data ? <IssueDetail issue={data} onOpen={onOpen} /> : <Loading />;
}

function IssueDetail({ issue, onOpen }: { issue: Issue; onOpen(id: string | undefined): void }) {
  const { slug, role } = useWorkspace();
  const { nameOf } = usePeople();
  const draft = useDraft(issue);
  const { busy, change } = useChanging();
  const writes = isAtLeast(role, 'operator');
  const { issueId, published } = issue;
  const { written, version, isChanged } = draft;
  const keep = (after: Issue) => {
    queryClient.setQueryData(operationKey(slug, 'get_issue', { issueId }), after);
    draft.settle(after);
    return after;
  };
  const save = async (more: { status?: Status } = {}) =>
    keep(await call(slug, 'update_issue', { issueId, version, ...written, ...more }));
  const publish = async () => {
    const seen = isChanged ? (await save()).version : version;
    keep(await call(slug, 'publish_issue', { issueId, version: seen, published: !published }));
  };
  const discard = async () => {
    await call(slug, 'discard_draft', { id: issueId, version });
    onOpen(undefined);
  };
  const disabled = busy || !isComplete(written) || draft.moved;
  const deeds: Deed[] = [
    ...(!published && issue.tickets === 0
      ? [
          {
            id: 'discard',
            title: t('help.discard'),
            look: 'danger' as const,
            sure: t('help.discardSure'),
            disabled: busy,
            run: () => void change(discard, t('help.discarded'), ['list_issues']),
          },
        ]
      : []),
    {
      id: 'publish',
      title: t(published ? 'help.withdraw' : 'help.publish'),
      disabled: disabled || (published && isChanged),
      ...(!published && { look: 'primary' as const }),
      run: () => void change(publish, t(published ? 'help.nowWithdrawn' : 'help.nowPublished'), touches),
    },
    {
      id: 'save',
      title: t('help.save'),
      keys: 'mod+s',
      ...(published && { look: 'primary' as const }),
      disabled: disabled || !isChanged,
      run: () => void change(save, t(published ? 'help.savedLive' : 'help.saved'), touches),
    },
  ];
  return (
    <>
      <div className="p-4">
        <div className="mb-3 flex flex-wrap items-center gap-2 text-xs text-muted">
          <State {...issue} />
          <span>
            {actorName(issue.author, nameOf)}, <Time at={issue.createdAt} full />
          </span>
        </div>
        {writes && (
          <div className="max-w-60">
            <SelectField
              label={t('issue.status')}
              value={issue.status}
              disabled={disabled}
              onChange={({ target }) =>
                void change(
                  () => save({ status: target.value as Status }),
                  t(published ? 'help.savedLive' : 'help.saved'),
                  touches,
                )
              }
            >
              {statuses.map((status) => (
                <option key={status} value={status}>
                  {t(`issue.${status}`)}
                </option>
              ))}
            </SelectField>
          </div>
        )}
        <TextEditor
          value={written}
          onChange={draft.setWritten}
          readOnly={!writes}
          about={<Badge tone={tones[issue.status]}>{t(`issue.${issue.status}`)}</Badge>}
        />
        <div className="mt-4">
          <Tickets issueId={issueId} mayUnlink={writes} />
        </div>
      </div>
      <Bar deeds={writes ? deeds : []} moved={draft.moved} onTake={draft.take} />
    </>
  );
}

function Tickets({ issueId, mayUnlink }: { issueId: string; mayUnlink: boolean }) {
  const { slug } = useWorkspace();
  const { lines, more, loading, loadMore } = usePages(
    'list_issue_tickets',
    { issueId },
    ({ tickets }) => tickets,
  );
  const { busy, change } = useChanging();
  return (
    <Panel title={t('help.issue.linked')}>
      {loading && <Loading />}
      {!loading && lines.length === 0 && <p className="text-muted">{t('help.issue.none')}</p>}
      <ul>
        {lines.map(({ ticketId, number, subject, status }) => (
          <li key={ticketId} className="flex items-center gap-2 border-b border-line py-1 last:border-b-0">
            <Link
              to="/app/$workspace/inbox"
              params={{ workspace: slug }}
              search={{ view: 'all', ticket: ticketId }}
              className="min-w-0 flex-1 truncate text-accent"
            >
              #{number} {subject}
            </Link>
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
