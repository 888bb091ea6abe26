import { useLocation } from '@tanstack/react-router';
import { useEffect } from 'react';

const look = ['outline-2', 'outline-accent'];

/** The message that the address names. */
export const useNamed = (): string | undefined =>
  useLocation({ select: ({ hash }) => (/^msg_\w+$/.test(hash) ? hash : undefined) });

/** Brings a message into view, and puts a line around it. */
export function useNamedMessage(named: string | undefined): void {
  useEffect(() => {
    const message = named === undefined ? null : document.getElementById(named);
    message?.scrollIntoView({ block: 'center' });
    message?.classList.add(...look);
    return () => message?.classList.remove(...look);
  }, [named]);
}
