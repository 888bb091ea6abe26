import { useLocation } from '@tanstack/react-router';
import { useEffect } from 'react';

const look = ['outline-2', 'outline-accent'];

/** Brings the message that the address names into view, and puts a line around it. */
export function useNamedMessage(): void {
  const named = useLocation({ select: ({ hash }) => hash });
  useEffect(() => {
    const message = named ? document.getElementById(named) : null;
    message?.scrollIntoView({ block: 'center' });
    message?.classList.add(...look);
    return () => message?.classList.remove(...look);
  }, [named]);
}
