import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';

type Look = 'plain' | 'primary' | 'quiet' | 'danger';

const looks: Record<Look, string> = {
  plain: 'border border-line bg-raised hover:bg-sunken',
  primary: 'border border-accent bg-accent text-accent-ink hover:opacity-90',
  quiet: 'border border-transparent hover:bg-sunken',
  danger: 'border border-bad text-bad hover:bg-bad-soft',
};

type Size = 'plain' | 'small' | 'icon';

const sizes: Record<Size, string> = { plain: 'h-8 px-3', small: 'h-6 px-2 text-xs', icon: 'size-8 shrink-0' };

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  size?: Size;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({
  look = 'plain',
  size = 'plain',
  className = '',
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <button
      type={type}
      className={`inline-flex items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap disabled:opacity-50 ${sizes[size]} ${looks[look]} ${className}`}
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
}: Omit<ButtonProps, 'size'> & { label: string; children: ReactNode }) {
  return (
    <Button look="quiet" size="icon" aria-label={label} title={label} className={className} {...rest}>
      {children}
    </Button>
  );
}
