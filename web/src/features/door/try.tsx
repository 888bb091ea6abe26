/** The door as an agent meets it: it buys a ticket, then a reply for approval, and each message is shown. */
import { getRouteApi, Link } from '@tanstack/react-router';
import { ArrowDown, ArrowUp, Check, Dot } from 'lucide-react';
import { useRef, useState } from 'react';
import { invalidate, useRead } from '../../api/queries.ts';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Loading, Panel } from '../../components/page.tsx';
import { TicketLink } from '../../components/ticket-link.tsx';
import { dollars, t } from '../../messages/messages.ts';
import type { Agent as Buyer, Message, Outcome, Step } from './agent.ts';
import { CopyButton } from './shown.tsx';

const route = getRouteApi('/app/$workspace/door');

export function TryTab() {
  const { data, error } = useRead('get_door', {});
  if (error) return <p className="text-bad">{error.message}</p>;
  if (!data) return <Loading />;
  const { mcpUrl, devnet } = data;
  const curl = `curl -s ${mcpUrl} -H 'content-type: application/json' \\\n  -d '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'`;
  return (
    <>
      <Panel title={t('try.title')}>
        <p className="mb-3 max-w-prose">{t('try.about')}</p>
        <p className="mb-1 text-xs text-muted">{t('try.curl')}</p>
        <div className="flex items-start gap-2">
          <Wire text={curl} />
          <CopyButton text={curl} />
        </div>
      </Panel>
      {devnet ? <Agent mcpUrl={mcpUrl} /> : <p className="text-muted">{t('try.mainnet')}</p>}
      {!devnet && <Explained />}
    </>
  );
}

const order = ['wallet', 'call', 'challenge', 'faucet', 'sign', 'pay', 'settled', 'delivered'] as const;

/** What happens, in words alone. */
const Explained = () => (
  <ol className="mt-3 flex list-decimal flex-col gap-2 pl-6">
    {order
      .filter((name) => name !== 'faucet')
      .map((name) => (
        <li key={name}>
          <span className="font-medium">{t(`try.step.${name}`)}</span>{' '}
          <span className="text-muted">{t(`try.why.${name}`)}</span>
        </li>
      ))}
  </ol>
);

type Run = { state: 'idle' | 'running' | 'done' } | { state: 'failed'; why: string };

function Agent({ mcpUrl }: { mcpUrl: string }) {
  const { slug } = useWorkspace();
  const agent = useRef<Buyer>(undefined);
  const [steps, setSteps] = useState<readonly Step[]>([]);
  const [run, setRun] = useState<Run>({ state: 'idle' });
  const [bought, setBought] = useState<{ ticket?: Outcome; reply?: Outcome }>({});
  const buy = async (tool: string, input: Record<string, string>, got: (one: Outcome) => typeof bought) => {
    setSteps([]);
    setRun({ state: 'running' });
    try {
      const { createAgent } = await import('./agent.ts');
      agent.current ??= createAgent(mcpUrl);
      const outcome = await agent.current.buy(tool, input, (step) => setSteps((before) => [...before, step]));
      setBought(got(outcome));
      setRun({ state: 'done' });
    } catch (error) {
      setRun({ state: 'failed', why: (error as Error).message });
    }
    await invalidate(slug, ['door_activity', 'list_purchases', 'list_wallets', 'list_proposals']);
  };
  const start = () => {
    agent.current = undefined;
    setBought({});
    const ticket = { subject: t('try.subject'), body: t('try.body'), email: 'customer@example.com' };
    return buy('create_ticket', ticket, (one) => ({ ticket: one }));
  };
  const draft = (ticketId: string) =>
    buy('draft_reply', { ticketId, body: t('try.reply') }, (one) => ({ ...bought, reply: one }));
  const { ticket, reply } = bought;
  const isRunning = run.state === 'running';
  return (
    <>
      <Panel title={t('try.run')}>
        <p className="mb-3 max-w-prose">{t('try.runAbout')}</p>
        <Button look={ticket ? 'plain' : 'primary'} disabled={isRunning} onClick={() => void start()}>
          {t(isRunning ? 'try.running' : steps.length > 0 ? 'try.again' : 'try.start')}
        </Button>
      </Panel>
      {ticket?.ticketId && !reply && (
        <Panel title={t('try.draftTitle')}>
          <p className="mb-3 max-w-prose">{t('try.draftAbout')}</p>
          <Button look="primary" disabled={isRunning} onClick={() => void draft(ticket.ticketId!)}>
            {t(isRunning ? 'try.running' : 'try.draft')}
          </Button>
        </Panel>
      )}
      <ol aria-label={t('try.steps')} aria-live="polite">
        {steps.map((step, at) => (
          <StepCard key={step.name} number={at + 1} step={step} />
        ))}
      </ol>
      {run.state === 'failed' && (
        <p role="alert" className="rounded-md border border-bad bg-bad-soft px-3 py-2 text-bad">
          {t('try.failed', { why: run.why })}
        </p>
      )}
      {run.state === 'done' && ticket && <Done {...{ ticket, reply }} />}
    </>
  );
}

function Done({ ticket, reply }: { ticket: Outcome; reply: Outcome | undefined }) {
  const { slug, role } = useWorkspace();
  const { ticketId } = ticket;
  const { purchaseId, amountAtomic } = reply ?? ticket;
  return (
    <div role="status" className="rounded-lg border border-good bg-panel p-4">
      <p className="mb-2 font-semibold">
        {t(reply ? 'try.doneReply' : 'try.done', { amount: dollars(amountAtomic) })}
      </p>
      <p className="flex flex-wrap gap-x-4 gap-y-1">
        {reply && (
          <Link to="/app/$workspace/approvals" params={{ workspace: slug }} className="text-accent underline">
            {t('try.seeApproval')}
          </Link>
        )}
        {ticketId && (
          <TicketLink ticketId={ticketId} className="underline">
            {t('try.seeTicket')}
          </TicketLink>
        )}
        {purchaseId && isAtLeast(role, 'admin') && (
          <route.Link
            to="."
            search={{ tab: 'purchases', purchase: purchaseId }}
            className="text-accent underline"
          >
            {t('try.seePurchase')}
          </route.Link>
        )}
        <route.Link to="." search={{ tab: 'activity' }} className="text-accent underline">
          {t('try.seeActivity')}
        </route.Link>
      </p>
    </div>
  );
}

const StepCard = ({ number, step: { name, messages } }: { number: number; step: Step }) => (
  <li className="mb-3 rounded-lg border border-line bg-panel p-3">
    <h3 className="flex items-center gap-2 font-semibold">
      <span className="flex size-5 items-center justify-center rounded-full bg-accent-soft text-xs text-accent">
        {number}
      </span>
      {t(`try.step.${name}`)}
      <Check size={16} className="text-good" aria-hidden />
    </h3>
    <p className="mt-1 mb-2 max-w-prose text-muted">{t(`try.why.${name}`)}</p>
    {messages.map((message) => (
      <OneMessage key={`${message.way} ${message.text}`} message={message} />
    ))}
  </li>
);

const icons = { sent: ArrowUp, received: ArrowDown, made: Dot } as const;

function OneMessage({ message: { way, text } }: { message: Message }) {
  const Icon = icons[way];
  return (
    <div className="mb-2 last:mb-0">
      <p className="flex items-center gap-1 text-xs text-muted">
        <Icon size={12} aria-hidden />
        {t(`try.way.${way}`)}
      </p>
      <Wire text={text} />
    </div>
  );
}

/** What goes over the wire, to the letter. It scrolls by the keyboard, too. */
const Wire = ({ text }: { text: string }) => (
  <pre
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable
    tabIndex={0}
    className="max-h-80 min-w-0 flex-1 overflow-auto rounded-md border border-line bg-sunken p-2 font-mono text-xs"
  >
    {text}
  </pre>
);
