/** First steps: what a new desk may want to say, one thing after the other. Each can be left out, and found in the settings. */
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Panel } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { ContactPage, Strangers } from './desk.tsx';
import { PayTos, Prices } from './door.tsx';
import { Hint } from './form.tsx';
import { Invitations, Invite } from './members.tsx';

const steps = ['money', 'prices', 'strangers', 'contact', 'people', 'done'] as const;
type Step = (typeof steps)[number];

export function Section() {
  const [at, setAt] = useState(0);
  const step = steps[at]!;
  const next = () => setAt(Math.min(at + 1, steps.length - 1));
  const shown: Record<Step, () => ReactNode> = {
    money: () => <PayTos />,
    prices: () => <Prices />,
    strangers: () => <Strangers onDone={next} />,
    contact: () => <ContactPage onDone={next} />,
    people: () => (
      <>
        <Invite />
        <Invitations />
      </>
    ),
    done: () => <Done />,
  };
  return (
    <>
      <Hint>{t('settings.start.about')}</Hint>
      <ol aria-label={t('settings.start')} className="mb-4 flex flex-wrap gap-1">
        {steps.map((one, i) => (
          <li key={one}>
            <button
              type="button"
              aria-current={i === at ? 'step' : undefined}
              onClick={() => setAt(i)}
              className={`rounded-md px-2 py-1 ${i === at ? 'bg-accent-soft font-medium text-accent' : 'text-muted hover:bg-sunken'}`}
            >
              {i + 1}. {t(`settings.start.${one}`)}
            </button>
          </li>
        ))}
      </ol>
      <Panel title={t(`settings.start.${step}`)}>{shown[step]()}</Panel>
      <div className="flex justify-between">
        {at > 0 ? <Button onClick={() => setAt(at - 1)}>{t('settings.start.back')}</Button> : <span />}
        {step !== 'done' && (
          <Button look="primary" onClick={next}>
            {t('settings.start.next')}
          </Button>
        )}
      </div>
    </>
  );
}

function Done() {
  const { slug, name } = useWorkspace();
  return (
    <>
      <p className="mb-2">{t('settings.start.ready', { name })}</p>
      <p className="mb-2 text-muted">
        {t('settings.start.door')}{' '}
        <code className="break-all">{`${window.location.origin}/api/mcp/${slug}`}</code>
      </p>
      <Link
        to="/app/$workspace/inbox"
        params={{ workspace: slug }}
        search={{}}
        className="font-medium text-accent underline"
      >
        {t('settings.start.inbox')}
      </Link>
    </>
  );
}
