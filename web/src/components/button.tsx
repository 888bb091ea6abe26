import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';

type Look = 'plain' | 'primary' | 'quiet' | 'danger';

const looks: Record<Look, string> = {
  plain: 'border border-line bg-raised hover:bg-sunken',
  primary: 'border border-accent bg-accent text-accent-ink hover:opacity-90',
  quiet: 'border border-transparent hover:bg-sunken',
  danger: 'border border-bad text-bad hover:bg-bad-soft',
};

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  small?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({
  look = 'plain',
  small = false,
  className = '',
  type = 'button',
  ...rest
}: ButtonProps) {
  const size = small ? 'h-6 px-2 text-xs' : 'h-8 px-3';
  return (
    <button
      type={type}
      className={`inline-flex items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap disabled:opacity-50 ${size} ${looks[look]} ${className}`}
      {...rest}
    />
  );
}

/** A button that shows a picture; `label` is what it is called. */
export function IconButton({
  label,
  children,
  className = '',
  ...rest
}: Omit<ButtonProps, 'small'> & { label: string; children: ReactNode }) {
  return (
    <Button look="quiet" aria-label={label} title={label} className={`w-8 px-0 ${className}`} {...rest}>
      {children}
    </Button>
  );
}
