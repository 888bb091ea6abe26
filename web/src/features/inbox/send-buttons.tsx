import { useRead } from '../../api/queries.ts';
import { Button } from '../../components/button.tsx';
import { Kbd } from '../../components/kbd.tsx';
import { t } from '../../messages/messages.ts';
import type { Mode } from './keeper.ts';
import { AttachButton } from './uploads.tsx';

interface Props {
  mode: Mode;
  ready: boolean;
  signature: boolean;
  withFiles: boolean;
  onSignature(on: boolean): void;
  onWithFiles(on: boolean): void;
  onFiles(files: readonly File[]): void;
  onSend(resolve: boolean): void;
}

const textOf = { reply: 'reply.send', note: 'reply.addNote', forward: 'reply.sendForward' } as const;

/** What goes with it, and the sending. */
export function SendButtons(props: Props) {
  const { mode, ready, onSend } = props;
  return (
    <div className="mt-2 flex flex-wrap items-center justify-end gap-2">
      <div className="mr-auto flex min-w-0 items-center gap-2 text-xs">
        <AttachButton onFiles={props.onFiles} />
        {mode === 'reply' && <Signature on={props.signature} onChange={props.onSignature} />}
        {mode === 'forward' && (
          <Check on={props.withFiles} onChange={props.onWithFiles} label={t('reply.withFiles')} />
        )}
      </div>
      {mode === 'reply' && (
        <Button disabled={!ready} onClick={() => onSend(true)}>
          {t('reply.sendAndResolve')}
        </Button>
      )}
      <Button look="primary" disabled={!ready} onClick={() => onSend(false)}>
        {t(textOf[mode])} <Kbd keys="mod+Enter" />
      </Button>
    </div>
  );
}

const Check = ({ on, onChange, label }: { on: boolean; onChange(on: boolean): void; label: string }) => (
  <label className="flex shrink-0 items-center gap-1.5">
    <input type="checkbox" checked={on} onChange={({ target }) => onChange(target.checked)} />
    {label}
  </label>
);

/** As it will stand under the reply. */
function Signature({ on, onChange }: { on: boolean; onChange(on: boolean): void }) {
  const { data } = useRead('get_signature', {});
  if (!data?.rendered) return null;
  return (
    <>
      <Check on={on} onChange={onChange} label={t('reply.signature')} />
      {on && (
        <span className="truncate text-muted" title={data.rendered}>
          {data.rendered.replace(/\s+/g, ' ')}
        </span>
      )}
    </>
  );
}
