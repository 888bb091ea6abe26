/** Writing to a customer first. What was begun stays in this browser until it is sent or thrown away. */
import { useNavigate } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { call, Refusal } from '../../api/call.ts';
import { newKey } from '../../api/key.ts';
import { invalidate, useRead } from '../../api/queries.ts';
import { drop, keep, keptAs, readKept } from '../../app/kept.ts';
import { say, sayRefused } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextArea, TextField } from '../../components/field.tsx';
import { Kbd } from '../../components/kbd.tsx';
import { t } from '../../messages/messages.ts';
import { Addresses } from '../inbox/recipients.tsx';
import { AttachButton, type Upload, UploadList, upload } from '../inbox/uploads.tsx';
import { refreshLists } from '../inbox/use-tickets.ts';
import { Check, Refused, useSave } from '../settings/form.tsx';

interface Writing {
  to: string;
  name: string;
  subject: string;
  body: string;
  cc: string[];
  bcc: string[];
  signature: boolean;
  files: readonly Upload[];
  /** Of the sending that was tried and has no answer yet. */
  key?: string | undefined;
}
const blank: Writing = {
  to: '',
  name: '',
  subject: '',
  body: '',
  cc: [],
  bcc: [],
  signature: true,
  files: [],
};

/** What is being written, as this browser keeps it. */
function useWriting(to: string | undefined) {
  const { slug, user } = useWorkspace();
  const kept = keptAs(slug, user.id, 'conversation');
  const [writing, setWriting] = useState<Writing>(() => {
    const left = { ...blank, ...readKept<Writing>(kept) };
    return to === undefined ? left : { ...left, to, name: '' };
  });
  return {
    writing,
    write: (change: Partial<Writing> | ((before: Writing) => Partial<Writing>)) =>
      setWriting((before) => {
        const after = { ...before, ...(typeof change === 'function' ? change(before) : change) };
        keep(kept, after);
        return after;
      }),
    forget: () => drop(kept),
  };
}

/** Files are kept by the server as they are chosen. */
function useAttaching(write: (change: (before: Writing) => Partial<Writing>) => void) {
  const { slug } = useWorkspace();
  const [pending, setPending] = useState(0);
  const attach = async (files: readonly File[]) => {
    for (const file of files) {
      setPending((count) => count + 1);
      try {
        const kept = await upload(slug, file);
        if (kept) write(({ files: before }) => ({ files: [...before, kept] }));
      } catch (error) {
        sayRefused(error);
      } finally {
        setPending((count) => count - 1);
      }
    }
  };
  return { pending, attach };
}

export function NewConversation({ to, onClose }: { to: string | undefined; onClose(): void }) {
  const { slug } = useWorkspace();
  const navigate = useNavigate();
  const { writing, write, forget } = useWriting(to);
  const { pending, attach } = useAttaching(write);
  const { busy, refusal, save } = useSave();
  const ready =
    !busy && pending === 0 && writing.to !== '' && writing.subject !== '' && writing.body.trim() !== '';
  const send = async () => {
    if (!ready) return;
    const { name, files, key = newKey(), ...rest } = writing;
    write({ key });
    const attachmentIds = files.map(({ attachmentId }) => attachmentId);
    await save(async () => {
      const input = { ...rest, key, attachmentIds, ...(name.trim() !== '' && { name }) };
      const { ticketId, number } = await call(slug, 'start_conversation', input).catch((error) => {
        if (!(error instanceof Refusal && error.data.sent)) throw error;
        write({ key: undefined });
        throw new Error(t('conversation.sentBefore'));
      });
      forget();
      onClose();
      say(t('conversation.sent', { number }));
      void refreshLists(slug, new Set([ticketId]));
      void invalidate(slug, ['list_customers']);
      await navigate({
        to: '/app/$workspace/inbox',
        params: { workspace: slug },
        search: { view: 'all', ticket: ticketId },
      });
    });
  };
  return (
    <Dialog open onClose={onClose} title={t('conversation.new')} wide>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return;
          event.preventDefault();
          void send();
        }}
      >
        <Whom writing={writing} write={write} />
        <TextField
          label={t('conversation.subject')}
          value={writing.subject}
          required
          maxLength={200}
          onChange={({ target }) => write({ subject: target.value })}
        />
        <TextArea
          label={t('conversation.body')}
          value={writing.body}
          required
          maxLength={50_000}
          rows={8}
          onChange={({ target }) => write({ body: target.value })}
        />
        <UploadList
          files={writing.files}
          pending={pending}
          onRemove={(id) =>
            write(({ files }) => ({ files: files.filter(({ attachmentId }) => attachmentId !== id) }))
          }
        />
        <Refused>{refusal}</Refused>
        <Foot
          {...{ writing, write, ready }}
          onFiles={(files) => void attach(files)}
          onDrop={() => {
            forget();
            onClose();
          }}
        />
      </form>
    </Dialog>
  );
}

function Foot(props: {
  writing: Writing;
  write(change: Partial<Writing>): void;
  ready: boolean;
  onFiles(files: readonly File[]): void;
  onDrop(): void;
}) {
  const { writing, write, ready, onFiles, onDrop } = props;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <AttachButton onFiles={onFiles} />
      <span className="-mb-3">
        <Check
          label={t('conversation.signature')}
          checked={writing.signature}
          onChange={(signature) => write({ signature })}
        />
      </span>
      <span className="flex-1" />
      <Button onClick={onDrop}>{t('conversation.drop')}</Button>
      <Button type="submit" look="primary" disabled={!ready}>
        {t('conversation.send')} <Kbd keys="mod+Enter" />
      </Button>
    </div>
  );
}

function Whom(props: { writing: Writing; write(change: Partial<Writing>): void }) {
  const { to, name, cc, bcc } = props.writing;
  const list = useId();
  const { data } = useRead(
    'list_customers',
    { query: to.trim(), limit: 8 },
    { enabled: to.trim().length > 1 && to.trim().length <= 200 },
  );
  const known = data?.customers.filter(({ email }) => email) ?? [];
  const isKnown = known.some(({ email }) => email!.toLowerCase() === to.trim().toLowerCase());
  return (
    <>
      <div className="grid gap-x-3 sm:grid-cols-2">
        <TextField
          label={t('conversation.to')}
          type="email"
          value={to}
          required
          autoFocus
          list={list}
          autoComplete="off"
          maxLength={254}
          onChange={({ target }) => props.write({ to: target.value })}
        />
        <datalist id={list}>
          {known.map(({ id, email, name: called }) => (
            <option key={id} value={email!}>
              {called ?? email}
            </option>
          ))}
        </datalist>
        {!isKnown && (
          <TextField
            label={t('conversation.name')}
            hint={t('conversation.nameHint')}
            value={name}
            autoComplete="off"
            maxLength={200}
            onChange={({ target }) => props.write({ name: target.value })}
          />
        )}
      </div>
      <Copies
        cc={cc}
        bcc={bcc}
        onCc={(next) => props.write({ cc: next })}
        onBcc={(next) => props.write({ bcc: next })}
      />
    </>
  );
}

function Copies(props: {
  cc: readonly string[];
  bcc: readonly string[];
  onCc(to: string[]): void;
  onBcc(to: string[]): void;
}) {
  const { cc, bcc, onCc, onBcc } = props;
  const [shown, setShown] = useState(cc.length + bcc.length > 0);
  if (!shown)
    return (
      <Button size="small" look="quiet" className="mb-2" onClick={() => setShown(true)}>
        {t('mail.copies')}
      </Button>
    );
  return (
    <div className="mb-3 flex flex-col gap-1">
      {(
        [
          ['mail.ccField', cc, onCc],
          ['mail.bccField', bcc, onBcc],
        ] as const
      ).map(([label, value, onChange]) => (
        <div key={label} className="flex items-center gap-2">
          <span className="w-8 shrink-0 text-muted">{t(label)}</span>
          <Addresses label={t(label)} value={value} onChange={onChange} />
        </div>
      ))}
    </div>
  );
}
