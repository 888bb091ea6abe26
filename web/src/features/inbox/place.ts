/** Where a conversation is scrolled to: at the newest to begin with, and not moved by what is added above. */
import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';

/** So near to it counts as there. */
const near = 8;
/** Room above a message that begins at the top. */
const gap = 16;

/** The end; of a last message that is longer than there is room, its beginning. */
function newestOf(box: HTMLElement, list: HTMLElement): number {
  const end = box.scrollHeight - box.clientHeight;
  const last = list.lastElementChild?.getBoundingClientRect();
  return last ? Math.min(end, last.top - box.getBoundingClientRect().top + box.scrollTop - gap) : end;
}

interface Place {
  box: RefObject<HTMLElement | null>;
  list: RefObject<HTMLOListElement | null>;
  /** What is first now stays where it is, whatever comes before it. */
  hold(): void;
}

/**
 * @param first what stands first in the list
 * @param elsewhere it begins elsewhere than at the newest
 */
export function usePlace(first: string | undefined, elsewhere: boolean): Place {
  const box = useRef<HTMLElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const held = useRef<{ element: Element; top: number } | undefined>(undefined);
  const follows = useRef(!elsewhere);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is what came before that moves the rest
  useLayoutEffect(() => {
    const { current } = held;
    held.current = undefined;
    if (current && box.current)
      box.current.scrollTop += current.element.getBoundingClientRect().top - current.top;
  }, [first]);
  useEffect(() => {
    const [outer, inner] = [box.current, list.current];
    if (!outer || !inner) return;
    let settled = -1;
    const settle = () => {
      if (!follows.current) return;
      outer.scrollTop = newestOf(outer, inner);
      settled = outer.scrollTop;
    };
    const scrolled = () => {
      // It is told late, and what is here may have grown since: that was nobody who scrolled.
      if (outer.scrollTop === settled) return;
      follows.current = Math.abs(outer.scrollTop - newestOf(outer, inner)) < near;
    };
    settle();
    const sizes = new ResizeObserver(settle);
    sizes.observe(outer);
    sizes.observe(inner);
    outer.addEventListener('scroll', scrolled, { passive: true });
    return () => {
      sizes.disconnect();
      outer.removeEventListener('scroll', scrolled);
    };
  }, []);
  return {
    box,
    list,
    hold: () => {
      const element = list.current?.firstElementChild;
      held.current = element ? { element, top: element.getBoundingClientRect().top } : undefined;
    },
  };
}
