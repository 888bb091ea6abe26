import { shownKeys } from '../app/actions.tsx';

/** Keys of an action, where there are keys. */
export const Kbd = ({ keys }: { keys: string }) => (
  <span className="inline-flex gap-0.5 pointer-coarse:hidden">
    {shownKeys(keys).map((key, at) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: the same key may come twice
      <kbd key={at} className="rounded border border-line bg-sunken px-1 font-mono text-[11px] text-muted">
        {key}
      </kbd>
    ))}
  </span>
);
