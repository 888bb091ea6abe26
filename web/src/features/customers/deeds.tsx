/** What can be done about a customer beyond what the page shows. */
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { invalidate, operationKey, queryClient, useAct, useRead } from '../../api/queries.ts';
import { type Action, useActions } from '../../app/actions.tsx';
import { say } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Chooser } from '../../components/chooser.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { t } from '../../messages/messages.ts';
import { startConversation } from '../conversation/opened.ts';
import { Form } from '../settings/form.tsx';
import { keepAsFile } from './file.ts';
import { calledOf } from './link.tsx';
import { touched, useMay } from './may.ts';
import type { WholeCustomer } from './page.tsx';

type Deed = 'block' | 'merge' | 'export' | 'erase';

export function Deeds({ customer }: { customer: WholeCustomer }) {
  const [deed, setDeed] = useState<Deed>();
  const may = useMay(customer);
  const offers: (Omit<Action, 'group' | 'id'> & { id: string; danger?: boolean })[] = [
    ...(may.work && customer.email
      ? [{ id: 'write', title: t('customers.write'), run: () => startConversation(customer.email!) }]
      : []),
    ...(may.work
      ? [
          {
            id: 'block',
            title: t(customer.blocked ? 'customers.unblock' : 'customers.block'),
            run: () => setDeed('block'),
          },
          { id: 'merge', title: t('customers.merge'), run: () => setDeed('merge') },
        ]
      : []),
    ...(may.decide
      ? [
          { id: 'export', title: t('customers.export'), run: () => setDeed('export') },
          { id: 'erase', title: t('customers.erase'), danger: true, run: () => setDeed('erase') },
        ]
      : []),
  ];
  useActions(
    offers.map(({ id, title, run }) => ({ id: `customer-${id}`, title, group: t('nav.customers'), run })),
  );
  const close = () => setDeed(undefined);
  const shown = { customer, onClose: close };
  return (
    <div className="flex flex-wrap gap-2">
      {offers.map(({ id, title, danger, run }) => (
        <Button key={id} look={danger ? 'danger' : 'plain'} onClick={run}>
          {title}
        </Button>
      ))}
      {deed === 'block' && <Block {...shown} />}
      {deed === 'merge' && <Merge {...shown} />}
      {deed === 'export' && <Export {...shown} />}
      {deed === 'erase' && <Erase {...shown} />}
    </div>
  );
}

interface Shown {
  customer: WholeCustomer;
  onClose(): void;
}

/** A window that asks why before it does something. */
function Why(props: {
  title: string;
  text: string;
  label: string;
  done: string;
  onClose(): void;
  run(reason: string): Promise<unknown>;
  sure?: boolean;
  children?: ReactNode;
}) {
  const { title, text, label, done, onClose, run, sure = true, children } = props;
  const [reason, setReason] = useState('');
  return (
    <Dialog open onClose={onClose} title={title} description={text}>
      <Form
        label={label}
        done={done}
        idle={reason.trim() === '' || !sure}
        onSave={() => run(reason.trim())}
        onDone={onClose}
        onCancel={onClose}
      >
        {children}
        <TextField
          label={t('customers.reason')}
          hint={t('customers.reasonHint')}
          value={reason}
          autoFocus={!children}
          maxLength={500}
          onChange={({ target }) => setReason(target.value)}
        />
      </Form>
    </Dialog>
  );
}

function Block({ customer, onClose }: Shown) {
  const block = useAct('block_customer', touched);
  const unblock = useAct('unblock_customer', touched);
  const [act, deed] = customer.blocked ? ([unblock, 'unblock'] as const) : ([block, 'block'] as const);
  return (
    <Why
      title={t(`customers.${deed}Question`, { name: calledOf(customer) })}
      text={t(`customers.${deed}Text`)}
      label={t(`customers.${deed}`)}
      done={t(`customers.${deed}Done`)}
      onClose={onClose}
      run={(reason) => act.mutateAsync({ customerId: customer.id, reason })}
    />
  );
}

function Export({ customer, onClose }: Shown) {
  const hand = useAct('export_customer', ['list_audit']);
  return (
    <Why
      title={t('customers.exportQuestion', { name: calledOf(customer) })}
      text={t('customers.exportText')}
      label={t('customers.export')}
      done={t('customers.exported')}
      onClose={onClose}
      run={async (reason) => {
        const { records } = await hand.mutateAsync({ customerId: customer.id, reason });
        keepAsFile(`${customer.id}.json`, JSON.stringify(records, null, 2));
      }}
    />
  );
}

function Erase({ customer, onClose }: Shown) {
  const erase = useAct('erase_customer', touched);
  const [confirm, setConfirm] = useState('');
  return (
    <Why
      title={t('customers.eraseQuestion', { name: calledOf(customer) })}
      text={t('customers.eraseText')}
      label={t('customers.erase')}
      done=""
      sure={confirm === customer.id}
      onClose={onClose}
      run={async (reason) => {
        const done = await erase.mutateAsync({ customerId: customer.id, confirm, reason });
        const { tickets, rewritten, stillNamedIn } = done;
        const told = [t('customers.eraseDone', { count: tickets })];
        if (rewritten.length > 0) told.push(t('customers.eraseRewritten', { count: rewritten.length }));
        if (stillNamedIn.length > 0)
          told.push(t('customers.eraseStillNamed', { ids: stillNamedIn.join(', ') }));
        say(told.join(' '));
      }}
    >
      <TextField
        label={t('customers.eraseConfirm', { id: customer.id })}
        value={confirm}
        autoFocus
        autoComplete="off"
        onChange={({ target }) => setConfirm(target.value.trim())}
      />
    </Why>
  );
}

/** Whom, and then whether: it cannot be undone. */
function Merge({ customer, onClose }: Shown) {
  const { slug } = useWorkspace();
  const navigate = useNavigate();
  const merge = useAct('merge_customers');
  const [typed, setTyped] = useState('');
  const [into, setInto] = useState<{ id: string; name: string }>();
  const { data } = useRead('list_customers', { limit: 20, ...(typed.trim() && { query: typed.trim() }) });
  const name = calledOf(customer);
  if (into)
    return (
      <Dialog
        open
        onClose={onClose}
        title={t('customers.mergeQuestion', { name, other: into.name })}
        description={t('customers.mergeText', { name, other: into.name })}
      >
        <Form
          label={t('customers.merge')}
          done={t('customers.merged')}
          onCancel={onClose}
          onSave={() => merge.mutateAsync({ from: customer.id, into: into.id })}
          onDone={() => {
            onClose();
            void navigate({
              to: '/app/$workspace/customers/$customer',
              params: { workspace: slug, customer: into.id },
              replace: true,
            });
            // Of who is gone nothing is asked any more, though their page may still be shown.
            void invalidate(slug, ['list_customers', 'list_audit', 'get_ticket']);
            const stays = operationKey(slug, 'get_customer', { customerId: into.id });
            void queryClient.invalidateQueries({ queryKey: stays });
          }}
        >
          {null}
        </Form>
      </Dialog>
    );
  const others = data?.customers.filter(({ id, erased }) => id !== customer.id && !erased) ?? [];
  return (
    <Chooser
      title={t('customers.mergeTitle', { name })}
      placeholder={t('customers.mergeFind')}
      none={t('customers.none')}
      onType={setTyped}
      stays
      onClose={onClose}
      choices={others.map((other) => ({
        id: other.id,
        label: calledOf(other),
        ...(other.name && other.email && { hint: other.email }),
        run: () => setInto({ id: other.id, name: calledOf(other) }),
      }))}
    />
  );
}
