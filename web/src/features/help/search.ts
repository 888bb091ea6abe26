/** What an address of these pages says: which one is open, `new` for one that is not there yet. */
export interface HelpSearch {
  id?: string;
}

export const helpSearch = (search: Record<string, unknown>): HelpSearch =>
  typeof search.id === 'string' ? { id: search.id } : {};
