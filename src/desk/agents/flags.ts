/** What a reviewer should look at twice. Flags decide nothing: every proposal waits for a person either way. */
import { sql } from 'kysely';
import { addressesIn } from '../../kernel/addresses.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { giveWay } from '../../kernel/time.ts';
import type { Tx } from '../../store/database.ts';
import { findCustomer } from '../customers/customers.ts';
import { findTicket, newestMessages, type Ticket } from '../tickets/tickets.ts';
import { looksLikeInstruction } from './flags/instructions.ts';
import { findingsOf, knownOf } from './redact.ts';

/**
 * `looks_like_instruction`: the proposal, or the thread that it answers, talks to a machine.
 * `unverified_address`: approving it mails to an address that nobody has vouched for.
 * `names_link`: it links to a host that no published article names.
 * `personal_data`: it repeats an address, a number or a key; from a stranger also a name that was masked.
 */
export type ProposalFlag = 'looks_like_instruction' | 'unverified_address' | 'names_link' | 'personal_data';

/** What of a thread is looked at: the newest messages, so much of each, and no more of all than delivering may take. */
const maxMessages = 20;
const maxCharacters = 20_000;
const maxOfThread = 60_000;
/** Of the proposal itself: no body is longer. */
const maxOfProposal = 50_000;

/** Of a proposal about a ticket of the workspace. @param wallet who proposed it, where that was a stranger */
export async function flagsOf(
  tx: Tx,
  workspaceId: string,
  { ticketId, input, wallet }: { ticketId: string; input: JsonObject; wallet: string | null },
): Promise<ProposalFlag[]> {
  const ticket = await findTicket(tx, workspaceId, ticketId);
  if (!ticket) return [];
  const text = textOf(input, ticketId);
  const flags: ProposalFlag[] = [];
  if (looksLikeInstruction(text) || (await threadLooksSo(tx, workspaceId, ticket)))
    flags.push('looks_like_instruction');
  if (typeof input.body === 'string' && (await isUnverified(tx, workspaceId, ticket)))
    flags.push('unverified_address');
  if (await namesLink(tx, workspaceId, text)) flags.push('names_link');
  if (await repeatsData(tx, workspaceId, { ticket, text, wallet })) flags.push('personal_data');
  return flags;
}

/** All that it says, but for ids. */
const textOf = (input: JsonObject, ticketId: string): string =>
  Object.values(input)
    .flat()
    .filter((value) => typeof value === 'string' && value !== ticketId)
    .join('\n')
    .slice(0, maxOfProposal);

/** What operators and the house wrote is the workspace's own. */
async function threadLooksSo(tx: Tx, workspaceId: string, { id, subject }: Ticket): Promise<boolean> {
  const messages = await newestMessages(tx, workspaceId, id, { limit: maxMessages, publicOnly: true });
  const theirs = messages.filter(({ author }) => author === 'customer' || author === 'agent');
  if (looksLikeInstruction(subject)) return true;
  let left = maxOfThread;
  for (const { body } of theirs.reverse()) {
    const text = body.slice(0, Math.min(left, maxCharacters));
    await giveWay();
    if (looksLikeInstruction(text)) return true;
    left -= text.length;
    if (left === 0) return false;
  }
  return false;
}

async function isUnverified(tx: Tx, workspaceId: string, { customerId }: Ticket): Promise<boolean> {
  const customer = customerId ? await findCustomer(tx, workspaceId, customerId) : undefined;
  return Boolean(customer?.email) && !customer!.emailVerified;
}

/** Published articles that hold one of these words. */
async function articlesWith(tx: Tx, workspaceId: string, words: readonly string[]): Promise<string> {
  if (words.length === 0) return '';
  const patterns = words.map((word) => `%${word.replace(/[\\%_]/g, '\\$&')}%`);
  const { rows } = await sql<{ body: string }>`
    select body from articles where workspace_id = ${workspaceId} and published and body ilike any(${patterns})
    limit 200`.execute(tx);
  return rows.map(({ body }) => body).join('\n');
}

/** No help needs so many, and each is looked for in every article. */
const maxHosts = 50;

async function namesLink(tx: Tx, workspaceId: string, text: string): Promise<boolean> {
  const { links } = addressesIn(text);
  const hosts = new Set(links.map(({ host }) => host));
  if (hosts.size > maxHosts) return true;
  const words = [...new Set(links.flatMap(({ host, written }) => [host, written.toLowerCase()]))];
  const lines = (await articlesWith(tx, workspaceId, words))
    .split('\n')
    .filter((line) => words.some((word) => line.toLowerCase().includes(word)));
  const published = new Set(addressesIn(lines.join('\n')).links.map(({ host }) => host));
  return [...hosts].some((host) => !published.has(host));
}

/** What the help centre tells everybody is no secret: the team's own address and number. */
async function repeatsData(
  tx: Tx,
  workspaceId: string,
  { ticket, text, wallet }: { ticket: Ticket; text: string; wallet: string | null },
): Promise<boolean> {
  const known = (await knownOf(tx, workspaceId, [ticket.id])).get(ticket.id)!;
  const wasMasked = wallet !== null && wallet !== ticket.wallet;
  const found = findingsOf({ names: wasMasked ? known.names : [], emails: [] }, text);
  if (found.length === 0) return false;
  const published = (await articlesWith(tx, workspaceId, found)).toLowerCase();
  return found.some((value) => !published.includes(value.toLowerCase()));
}
