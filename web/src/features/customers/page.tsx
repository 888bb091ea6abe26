/** One customer: who it is, what colleagues know, their tickets, and what can be done about them. */
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { OutputOf } from '../../api/call.ts';
import { useAct, useNeeded } from '../../api/queries.ts';
import { useThingTitle } from '../../app/title.ts';
import { useWorkspace } from '../../app/workspace.ts';
import { SelectField, TextArea, TextField } from '../../components/field.tsx';
import { Page, Panel, Time } from '../../components/page.tsx';
import { TicketLink } from '../../components/ticket-link.tsx';
import { t } from '../../messages/messages.ts';
import { actorName, usePeople } from '../inbox/people.ts';
import { Text } from '../inbox/text.tsx';
import { AskingButton, Form, Hint, Row, Rows } from '../settings/form.tsx';
import { Deeds } from './deeds.tsx';
import { calledOf } from './link.tsx';
import { Badges } from './list.tsx';
import { touched, useMay } from './may.ts';

const route = getRouteApi('/app/$workspace/customers/$customer');

export type WholeCustomer = OutputOf<'get_customer'>;

export function CustomerPage() {
  const { customer: customerId } = route.useParams();
  const { slug } = useWorkspace();
  const customer = useNeeded('get_customer', { customerId });
  const may = useMay(customer);
  useThingTitle(calledOf(customer));
  return (
    <Page title={calledOf(customer)} aside={<Deeds key={customer.id} customer={customer} />}>
      <p className="mb-3 flex flex-wrap items-center gap-3">
        <Link to="/app/$workspace/customers" params={{ workspace: slug }} className="text-accent">
          ← {t('customers.back')}
        </Link>
        <Badges customer={customer} />
        <span className="text-xs text-muted">
          {t('customers.since')} <Time at={customer.createdAt} full />
        </span>
      </p>
      {customer.erased && <Hint>{t('customers.erasedText')}</Hint>}
      <div className="grid gap-x-4 md:grid-cols-2">
        <div>
          {!customer.erased && (
            <Panel title={t('customers.details')}>
              {may.work ? <Details key={customer.id} customer={customer} /> : <p>{customer.email}</p>}
            </Panel>
          )}
          {!customer.erased && (
            <Panel title={t('customers.addresses')}>
              <Addresses customer={customer} may={may.work} />
            </Panel>
          )}
        </div>
        <div>
          <Panel title={t('customers.notes')}>
            <Notes customer={customer} may={may.work} />
          </Panel>
          <Panel title={t('customers.tickets', { count: customer.ticketCount })}>
            <Tickets customer={customer} />
          </Panel>
        </div>
      </div>
    </Page>
  );
}

function Details({ customer }: { customer: WholeCustomer }) {
  const update = useAct('update_customer', touched);
  const [name, setName] = useState(customer.name ?? '');
  const [email, setEmail] = useState(customer.email ?? '');
  const changed = {
    ...(name.trim() !== '' && name !== customer.name && { name }),
    ...(email !== (customer.email ?? '') && { email }),
  };
  return (
    <Form
      done={t('customers.saved')}
      idle={Object.keys(changed).length === 0}
      onSave={() => update.mutateAsync({ customerId: customer.id, ...changed })}
    >
      <TextField
        label={t('customers.name')}
        value={name}
        maxLength={200}
        onChange={({ target }) => setName(target.value)}
      />
      {customer.addresses.length > 1 && (
        <SelectField
          label={t('customers.primary')}
          value={email}
          onChange={({ target }) => setEmail(target.value)}
        >
          {[...new Set([customer.email ?? '', ...customer.addresses])].map((address) => (
            <option key={address}>{address}</option>
          ))}
        </SelectField>
      )}
    </Form>
  );
}

function Addresses({ customer, may }: { customer: WholeCustomer; may: boolean }) {
  const add = useAct('add_customer_address', touched);
  const take = useAct('remove_customer_address', touched);
  const [address, setAddress] = useState('');
  const primary = customer.email?.toLowerCase();
  return (
    <>
      {customer.addresses.length === 0 && <Hint>{t('customers.noAddress')}</Hint>}
      <Rows label={t('customers.addresses')}>
        {customer.addresses.map((one) => (
          <Row
            key={one}
            aside={
              may &&
              one !== primary && (
                <AskingButton
                  label={t('customers.takeAddress')}
                  name={t('customers.takeAddressNamed', { address: one })}
                  question={t('customers.takeAddressNamed', { address: one })}
                  text={t('customers.takeAddressText')}
                  done={t('customers.addressTaken', { address: one })}
                  run={() => take.mutateAsync({ customerId: customer.id, address: one })}
                />
              )
            }
          >
            {one}
            {one === primary && <span className="block text-xs text-muted">{t('customers.primary')}</span>}
          </Row>
        ))}
      </Rows>
      {may && (
        <div className="mt-3">
          <Form
            label={t('customers.addAddress')}
            done={t('customers.addressAdded', { address })}
            idle={address === ''}
            onSave={() => add.mutateAsync({ customerId: customer.id, address })}
            onDone={() => setAddress('')}
          >
            <TextField
              label={t('customers.addAddress')}
              type="email"
              value={address}
              maxLength={254}
              autoComplete="off"
              onChange={({ target }) => setAddress(target.value)}
            />
          </Form>
        </div>
      )}
    </>
  );
}

function Notes({ customer, may }: { customer: WholeCustomer; may: boolean }) {
  const add = useAct('add_customer_note', ['get_customer']);
  const { nameOf } = usePeople();
  const [body, setBody] = useState('');
  return (
    <>
      {customer.notes.length === 0 && <Hint>{t('customers.noNotes')}</Hint>}
      <ul className="flex flex-col gap-2" aria-label={t('customers.notes')}>
        {customer.notes.map((note) => (
          <li
            key={`${note.createdAt} ${note.author}`}
            className="rounded border border-warn bg-warn-soft p-2"
          >
            <Text>{note.body}</Text>
            <span className="text-xs text-muted">
              {actorName(note.author, nameOf)} · <Time at={note.createdAt} />
            </span>
          </li>
        ))}
      </ul>
      {may && (
        <div className="mt-3">
          <Form
            label={t('customers.noteAdd')}
            done={t('customers.noted')}
            idle={body.trim() === ''}
            onSave={() => add.mutateAsync({ customerId: customer.id, body })}
            onDone={() => setBody('')}
          >
            <TextArea
              label={t('customers.addNote')}
              value={body}
              maxLength={2_000}
              onChange={({ target }) => setBody(target.value)}
            />
          </Form>
        </div>
      )}
    </>
  );
}

function Tickets({ customer }: { customer: WholeCustomer }) {
  return (
    <>
      <ul className="flex flex-col gap-1">
        {customer.tickets.map(({ ticketId, number, subject, status }) => (
          <li key={ticketId} className="flex items-baseline justify-between gap-2">
            <TicketLink ticketId={ticketId} className="truncate">
              #{number} {subject}
            </TicketLink>
            <span className="shrink-0 text-xs text-muted">{t(`status.${status}`)}</span>
          </li>
        ))}
      </ul>
      {customer.ticketCount > customer.tickets.length && (
        <p className="mt-2 text-xs text-muted">
          {t('customers.moreTickets', { count: customer.tickets.length })}
        </p>
      )}
    </>
  );
}
