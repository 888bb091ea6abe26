/** What forms of the settings share: saving with its refusal beside the button, and being asked before what cannot be undone. */
import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, useRef, useState } from 'react';
import { say } from '../../app/toasts.tsx';
import { Button, type ButtonProps } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { t } from '../../messages/messages.ts';

/** Runs one thing at a time and keeps why it was refused. @returns whether it was done */
export function useSave() {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  const save = async (work: () => Promise<unknown>, done?: string): Promise<boolean> => {
    if (busy) return false;
    setBusy(true);
    setRefusal(undefined);
    try {
      await work();
      if (done) say(done);
      return true;
    } catch (error) {
      setRefusal((error as Error).message);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, refusal, save, forget: () => setRefusal(undefined) };
}

/** Why something was refused, said to who does not see it, too. */
export const Refused = ({ children }: { children: string | undefined }) =>
  children ? (
    <p role="alert" className="mb-3 rounded-md border border-bad bg-bad-soft px-2 py-1 text-bad">
      {children}
    </p>
  ) : null;

/** A form with its button. `onSave` is what saving does; `done` is said when it did. */
export function Form(props: {
  onSave(): Promise<unknown>;
  done: string;
  label?: string;
  /** Nothing was changed, or something is missing. */
  idle?: boolean;
  onDone?(): void;
  onCancel?(): void;
  children: ReactNode;
}) {
  const { busy, refusal, save, forget } = useSave();
  const { onSave, done, label = t('common.save'), idle = false, onDone, onCancel, children } = props;
  const touched = useRef(false);
  const leaving = useBlocker({
    shouldBlockFn: ({ current, next }) => touched.current && !idle && current.pathname !== next.pathname,
    enableBeforeUnload: () => touched.current && !idle,
    withResolver: true,
  });
  return (
    <form
      onChange={() => {
        touched.current = true;
        // What was refused is not what stands there now.
        forget();
      }}
      onSubmit={async (event) => {
        event.preventDefault();
        if (!(await save(onSave, done))) return;
        touched.current = false;
        onDone?.();
      }}
    >
      {children}
      <Dialog
        open={leaving.status === 'blocked'}
        onClose={() => leaving.reset?.()}
        title={t('settings.leave')}
        description={t('settings.leaveAbout')}
      >
        <div className="flex justify-end gap-2">
          <Button onClick={leaving.reset}>{t('settings.stay')}</Button>
          <Button look="danger" onClick={leaving.proceed}>
            {t('settings.leaveUnsaved')}
          </Button>
        </div>
      </Dialog>
      <Refused>{refusal}</Refused>
      <div className="flex gap-2">
        <Button type="submit" look="primary" disabled={busy || idle}>
          {label}
        </Button>
        {onCancel && <Button onClick={onCancel}>{t('common.cancel')}</Button>}
      </div>
    </form>
  );
}

/** A button that asks first. */
export function AskingButton(props: {
  label: string;
  /** What it is called, where the label alone is not enough. */
  name?: string;
  question: string;
  text: string;
  done: string;
  run(): Promise<unknown>;
  look?: ButtonProps['look'];
  disabled?: boolean;
}) {
  const [asking, setAsking] = useState(false);
  const { busy, refusal, save, forget } = useSave();
  const close = () => {
    setAsking(false);
    forget();
  };
  return (
    <>
      <Button
        size="small"
        look={props.look ?? 'danger'}
        disabled={props.disabled}
        aria-label={props.name}
        onClick={() => setAsking(true)}
      >
        {props.label}
      </Button>
      <Dialog open={asking} onClose={close} title={props.question} description={props.text}>
        <Refused>{refusal}</Refused>
        <div className="flex justify-end gap-2">
          <Button onClick={close}>{t('common.cancel')}</Button>
          <Button
            look="danger"
            disabled={busy}
            onClick={() => void save(props.run, props.done).then((done) => done && close())}
          >
            {props.label}
          </Button>
        </div>
      </Dialog>
    </>
  );
}

export const Check = (props: {
  label: string;
  hint?: string;
  checked: boolean;
  disabled?: boolean;
  onChange(to: boolean): void;
}) => (
  <label className="mb-3 flex items-start gap-2">
    <input
      type="checkbox"
      className="mt-0.5"
      checked={props.checked}
      disabled={props.disabled}
      onChange={({ target }) => props.onChange(target.checked)}
    />
    <span>
      {props.label}
      {props.hint && <span className="block text-xs text-muted">{props.hint}</span>}
    </span>
  </label>
);

/** A list with a line between its rows. */
export const Rows = ({ label, children }: { label: string; children: ReactNode }) => (
  <ul aria-label={label} className="divide-y divide-line">
    {children}
  </ul>
);

export const Row = ({ children, aside }: { children: ReactNode; aside?: ReactNode }) => (
  <li className="flex flex-wrap items-start justify-between gap-x-3 gap-y-1 py-2">
    <div className="min-w-0 flex-1 basis-48 break-words">{children}</div>
    {aside && <div className="flex flex-wrap items-center gap-2">{aside}</div>}
  </li>
);

export const Hint = ({ children }: { children: ReactNode }) => <p className="mb-3 text-muted">{children}</p>;

export const Warning = ({ children }: { children: ReactNode }) => (
  <p className="mb-3 rounded-md border border-warn bg-warn-soft px-3 py-2 text-warn">{children}</p>
);

const compact = 'h-8 rounded-md border border-line bg-panel px-2';

/** A choice in a row, called by its label alone. */
export const Choice = <T extends string>(props: {
  label: string;
  value: T;
  options: readonly (readonly [value: T, text: string])[];
  onChange(to: T): void;
  disabled?: boolean;
}) => (
  <select
    aria-label={props.label}
    className={`${compact} max-w-full`}
    value={props.value}
    disabled={props.disabled}
    onChange={({ target }) => props.onChange(target.value as T)}
  >
    {props.options.map(([value, text]) => (
      <option key={value} value={value}>
        {text}
      </option>
    ))}
  </select>
);

/** A line of text in a row. */
export const Line = (props: {
  label: string;
  value: string;
  onChange(to: string): void;
  className?: string;
  type?: 'text' | 'number' | 'email' | 'date';
  placeholder?: string;
}) => (
  <input
    aria-label={props.label}
    className={`${compact} min-w-0 ${props.className ?? ''}`}
    type={props.type ?? 'text'}
    placeholder={props.placeholder}
    value={props.value}
    onChange={({ target }) => props.onChange(target.value)}
  />
);
