/** The code of pages, fetched when they are first gone to. */
import { lazyRouteComponent } from '@tanstack/react-router';
import { Refusal, readSession } from '../api/call.ts';

/** Pages whose code could not be fetched. */
const failed = new Set<{ preload?: () => Promise<unknown> | undefined }>();

/**
 * A page as a route has it. What is fetched in vain though the server can be reached is of another version by now: the router
 * loads the app anew then. Out of reach that would leave nothing of the app; so it is an error of the page's alone.
 */
export function page<N extends string>(load: () => Promise<{ [name in N]: () => React.ReactNode }>, name: N) {
  const component = lazyRouteComponent(async () => {
    try {
      return await load();
    } catch (error) {
      failed.add(component);
      const reason = await readSession().catch((refusal: unknown) => refusal);
      throw reason instanceof Refusal && reason.code === 'offline' ? reason : error;
    }
  }, name);
  return component;
}

/** Fetches again what could not be fetched. */
export async function fetchPages(): Promise<void> {
  const again = [...failed];
  failed.clear();
  await Promise.all(again.map((component) => component.preload?.()));
}
