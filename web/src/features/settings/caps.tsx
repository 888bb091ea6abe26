/** What wallets may do by their standing and how they earn it; before it is saved, whom it changes. */
import { useState } from 'react';
import type { InputOf, OutputOf } from '../../api/call.ts';
import { useAct, useNeeded, useRead } from '../../api/queries.ts';
import { TextField } from '../../components/field.tsx';
import { Panel } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { shortWallet } from '../inbox/people.ts';
import { Form, Hint } from './form.tsx';
import { atomicOf, plainDollars } from './money.ts';

export function Section() {
  const { caps, rules } = useNeeded('get_policy', {});
  return (
    <>
      <Hint>{t('settings.caps.about')}</Hint>
      {caps.map((row) => (
        <Panel key={row.standing} title={t(`settings.caps.${row.standing}`)}>
          <Caps key={JSON.stringify(row)} caps={row} />
        </Panel>
      ))}
      <Panel title={t('settings.caps.rules')}>
        <Rules key={JSON.stringify(rules)} rules={rules} />
      </Panel>
    </>
  );
}

const touched = ['get_policy', 'preview_policy', 'list_audit'] as const;

/** Fields of numbers and dollars: what they say, what of it is new, and whether all of it can be read. */
function useFields<T extends object>(before: T) {
  const shown = Object.fromEntries(
    Object.entries(before).flatMap(([name, value]) => {
      if (typeof value === 'number') return [[name, String(value)]];
      return name.endsWith('Atomic') ? [[name, plainDollars(String(value))]] : [];
    }),
  );
  const [said, setSaid] = useState<Record<string, string>>(shown);
  const read = (name: string): number | string | undefined => {
    const text = said[name]!.trim();
    if (name.endsWith('Atomic')) return atomicOf(text);
    return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
  };
  const names = Object.keys(shown);
  const changed = names.filter((name) => said[name] !== shown[name]);
  return {
    changes: Object.fromEntries(changed.map((name) => [name, read(name)])) as Partial<T>,
    isChanged: changed.length > 0,
    isSound: names.every((name) => read(name) !== undefined),
    field: (name: keyof T & string, label: string) => (
      <TextField
        key={name}
        label={label}
        value={said[name] ?? ''}
        inputMode="decimal"
        className="tabular-nums"
        error={read(name) === undefined ? t('settings.caps.noNumber') : undefined}
        onChange={({ target }) => setSaid({ ...said, [name]: target.value })}
      />
    ),
  };
}

type CapsRow = OutputOf<'get_policy'>['caps'][number];

function Caps({ caps }: { caps: CapsRow }) {
  const set = useAct('set_caps', touched);
  const { standing } = caps;
  const fields = useFields(caps);
  return (
    <Form
      done={t('settings.saved')}
      idle={!fields.isChanged || !fields.isSound}
      onSave={() => set.mutateAsync({ ...(fields.changes as InputOf<'set_caps'>), standing })}
    >
      <div className="grid gap-x-3 sm:grid-cols-3">
        {fields.field('callsPerMinute', t('settings.caps.callsPerMinute'))}
        {fields.field('actionsPerDay', t('settings.caps.actionsPerDay'))}
        {fields.field('amountPerDayAtomic', t('settings.caps.amountPerDay'))}
      </div>
      {fields.isChanged && fields.isSound && <Preview change={{ ...fields.changes, standing }} />}
    </Form>
  );
}

type RulesRow = OutputOf<'get_policy'>['rules'];
const earning = [
  'knownAfterPurchases',
  'trustedAfterApprovals',
  'trustedApprovedPercent',
  'trustedStrikeFreeDays',
] as const;
const others = [
  'waitingProposalsOfNew',
  'refundAfterSeconds',
  'refundPerDayWalletAtomic',
  'refundPerDayWorkspaceAtomic',
] as const;

function Rules({ rules }: { rules: RulesRow }) {
  const set = useAct('set_standing_rules', touched);
  const fields = useFields(rules);
  const earned = Object.fromEntries(
    earning.flatMap((name) => (name in fields.changes ? [[name, fields.changes[name]]] : [])),
  );
  return (
    <Form
      done={t('settings.saved')}
      idle={!fields.isChanged || !fields.isSound}
      onSave={() => set.mutateAsync(fields.changes)}
    >
      <div className="grid gap-x-3 sm:grid-cols-2">
        {earning.map((name) => fields.field(name, t(`settings.caps.${name}`)))}
        {others.map((name) => fields.field(name, t(`settings.caps.${name}`)))}
      </div>
      {Object.keys(earned).length > 0 && fields.isSound && <Preview change={earned} />}
    </Form>
  );
}

/** Whom it changes. Asked of the server as one types; nothing is changed by it. */
function Preview({ change }: { change: InputOf<'preview_policy'> }) {
  const { data, error } = useRead('preview_policy', change);
  if (error) return <p className="mb-3 text-bad">{error.message}</p>;
  if (!data) return <p className="mb-3 text-muted">{t('common.loading')}</p>;
  const { moves, moved, heldCount, held, looked, all } = data;
  return (
    <section
      aria-label={t('settings.caps.preview')}
      className="mb-3 rounded-md border border-accent bg-accent-soft px-3 py-2"
    >
      <h3 className="font-medium">{t('settings.caps.preview')}</h3>
      {moves.length === 0 && heldCount === 0 && (
        <p>{t(change.standing ? 'settings.caps.holdsNobody' : 'settings.caps.movesNobody')}</p>
      )}
      {moves.map(({ from, to, count }) => (
        <p key={`${from}${to}`}>
          {t('settings.caps.moves', {
            count,
            from: t(`settings.caps.${from}`),
            to: t(`settings.caps.${to}`),
          })}
        </p>
      ))}
      {heldCount > 0 && <p>{t('settings.caps.holds', { count: heldCount })}</p>}
      <Wallets wallets={[...new Set([...moved.map(({ wallet }) => wallet), ...held])]} />
      <p className="text-xs text-muted">
        {t(all ? 'settings.caps.lookedAll' : 'settings.caps.looked', { count: looked })}
      </p>
    </section>
  );
}

const Wallets = ({ wallets }: { wallets: readonly string[] }) =>
  wallets.length === 0 ? null : (
    <p className="font-mono text-xs">
      {wallets.map((wallet) => (
        <span key={wallet} title={wallet} className="mr-2 inline-block">
          {shortWallet(wallet)}
        </span>
      ))}
    </p>
  );
