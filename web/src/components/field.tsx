import { type ComponentProps, type ReactNode, useId } from 'react';

const box = 'w-full rounded-md border border-line bg-panel px-2 py-1 placeholder:text-muted';

/** A labelled field; `hint` stands below it, `error` in its place. */
export function Field(props: {
  label: string;
  hint?: string;
  error?: string | undefined;
  children: (id: string, describedBy: string) => ReactNode;
}) {
  const { label, hint, error, children } = props;
  const id = useId();
  return (
    <div className="mb-3">
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
      </label>
      {children(id, `${id}-hint`)}
      <p id={`${id}-hint`} className={`mt-1 text-xs ${error ? 'text-bad' : 'text-muted'}`}>
        {error ?? hint}
      </p>
    </div>
  );
}

type Labelled = { label: string; hint?: string; error?: string | undefined };

export const TextField = ({
  label,
  hint,
  error,
  className = '',
  ...rest
}: Labelled & ComponentProps<'input'>) => (
  <Field label={label} {...(hint && { hint })} error={error}>
    {(id, describedBy) => (
      <input id={id} aria-describedby={describedBy} className={`${box} h-8 ${className}`} {...rest} />
    )}
  </Field>
);

export const TextArea = ({
  label,
  hint,
  error,
  className = '',
  ...rest
}: Labelled & ComponentProps<'textarea'>) => (
  <Field label={label} {...(hint && { hint })} error={error}>
    {(id, describedBy) => (
      <textarea id={id} aria-describedby={describedBy} className={`${box} min-h-24 ${className}`} {...rest} />
    )}
  </Field>
);

export const SelectField = ({
  label,
  hint,
  error,
  className = '',
  ...rest
}: Labelled & ComponentProps<'select'>) => (
  <Field label={label} {...(hint && { hint })} error={error}>
    {(id, describedBy) => (
      <select id={id} aria-describedby={describedBy} className={`${box} h-8 ${className}`} {...rest} />
    )}
  </Field>
);
