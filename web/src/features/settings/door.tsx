/** Where the money goes, and what tools cost. */
import { useState } from 'react';
import type { OutputOf } from '../../api/call.ts';
import { useAct, useNeeded } from '../../api/queries.ts';
import { say } from '../../app/toasts.tsx';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { Badge, Panel } from '../../components/page.tsx';
import { dollars, t } from '../../messages/messages.ts';
import { AskingButton, Form, Hint, Line, Refused, Row, Rows, useSave, Warning } from './form.tsx';
import { atomicOf, plainDollars } from './money.ts';

export function Section() {
  return (
    <>
      <Panel title={t('settings.door.payTo')}>
        <PayTos />
      </Panel>
      <Panel title={t('settings.door.prices')}>
        <Prices />
      </Panel>
    </>
  );
}

type Entry = OutputOf<'list_pay_to'>['networks'][number];

export function PayTos() {
  const { networks } = useNeeded('list_pay_to', {});
  const { role, slug } = useWorkspace();
  const isOwner = isAtLeast(role, 'owner');
  return (
    <>
      <Hint>{t('settings.door.about')}</Hint>
      {networks.length === 0 && <Warning>{t('settings.door.noNetworks')}</Warning>}
      <ul aria-label={t('settings.door.payTo')} className="divide-y divide-line">
        {networks.map((entry) => (
          <li key={entry.network} className="py-3">
            <h3 className="mb-1 font-medium">
              {entry.network} {!entry.served && <Badge tone="warn">{t('settings.door.notServed')}</Badge>}
            </h3>
            {entry.payTo !== null ? (
              <>
                <p className="font-mono text-xs break-all">{entry.payTo}</p>
                <p className="mt-1 text-xs text-muted">
                  {t('settings.door.fixed')}{' '}
                  <code className="break-words">{`npx postern workspace pay-to ${entry.network} <address> --workspace ${slug}`}</code>
                </p>
              </>
            ) : isOwner ? (
              <SetPayTo entry={entry} />
            ) : (
              <p className="text-muted">{t('settings.door.ownerSets')}</p>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

const confirmed = 6;

function SetPayTo({ entry: { network, family } }: { entry: Entry }) {
  const set = useAct('set_pay_to', ['list_pay_to', 'get_door', 'list_audit']);
  const [address, setAddress] = useState('');
  const [confirm, setConfirm] = useState('');
  return (
    <Form
      label={t('settings.door.set')}
      done={t('settings.door.isSet', { network })}
      idle={address.trim() === '' || confirm.trim().length < confirmed}
      onSave={() => set.mutateAsync({ network, address: address.trim(), confirm: confirm.trim() })}
    >
      <div className="grid gap-x-3 sm:grid-cols-[1fr_11rem]">
        <TextField
          label={t('settings.door.address', { network })}
          hint={t(`settings.door.address.${family}`)}
          value={address}
          maxLength={64}
          autoComplete="off"
          spellCheck={false}
          className="font-mono"
          onChange={({ target }) => setAddress(target.value)}
        />
        <TextField
          label={t('settings.door.confirm', { count: confirmed })}
          hint={t('settings.door.confirmHint')}
          value={confirm}
          maxLength={confirmed}
          autoComplete="off"
          spellCheck={false}
          className="font-mono"
          onChange={({ target }) => setConfirm(target.value)}
        />
      </div>
      {confirm.trim().length === confirmed && <Warning>{t('settings.door.onlyOnce')}</Warning>}
    </Form>
  );
}

type Price = OutputOf<'list_prices'>['prices'][number];

export function Prices() {
  const { prices } = useNeeded('list_prices', {});
  return (
    <>
      <Hint>{t('settings.door.pricesAbout')}</Hint>
      <Rows label={t('settings.door.prices')}>
        {prices.map((price) => (
          <OnePrice key={`${price.tool} ${price.priceAtomic}`} price={price} />
        ))}
      </Rows>
    </>
  );
}

function OnePrice({ price }: { price: Price }) {
  const { tool, title, priceAtomic, defaultAtomic } = price;
  const set = useAct('set_price', ['list_prices', 'list_audit']);
  const { busy, refusal, save } = useSave();
  const now = plainDollars(priceAtomic);
  const [text, setText] = useState(now);
  const atomic = atomicOf(text);
  const change = (to: string | null) =>
    save(async () => {
      await set.mutateAsync({ tool, priceAtomic: to });
      say(t('settings.door.priced', { tool, price: dollars(to ?? defaultAtomic) }), {
        // The default again, and not a price of the same amount.
        undo: () =>
          set.mutateAsync({ tool, priceAtomic: priceAtomic === defaultAtomic ? null : priceAtomic }),
      });
    });
  return (
    <Row
      aside={
        <form
          className="flex items-center gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (atomic !== undefined) void change(atomic);
          }}
        >
          <span aria-hidden>$</span>
          <Line
            label={t('settings.door.priceOf', { tool })}
            value={text}
            onChange={setText}
            className="w-24 text-right tabular-nums"
          />
          <Button type="submit" size="small" disabled={busy || atomic === undefined || text === now}>
            {t('common.save')}
          </Button>
          {priceAtomic !== defaultAtomic && (
            <AskingButton
              look="quiet"
              label={t('settings.door.reset', { price: dollars(defaultAtomic) })}
              question={t('settings.door.resetQuestion', { tool })}
              text={t('settings.door.resetText', { price: dollars(defaultAtomic) })}
              done={t('settings.saved')}
              run={() => set.mutateAsync({ tool, priceAtomic: null })}
            />
          )}
        </form>
      }
    >
      {title} <code className="text-xs text-muted">{tool}</code>
      <Refused>{refusal}</Refused>
    </Row>
  );
}
