import type { ReactNode } from 'react';

/** A part of what stands beside a conversation. */
export const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className="mb-4" aria-label={title}>
    <h2 className="mb-1 text-xs font-medium text-muted">{title}</h2>
    {children}
  </section>
);
