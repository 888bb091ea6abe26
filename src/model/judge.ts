/** Holds what a model answered to what it was given: nothing of it is believed that cannot be checked. */
import { z } from 'zod';
import { type Addresses, addressesIn } from '../kernel/addresses.ts';
import { nothingFound } from './extractive.ts';
import type { Citation, Draft, DraftRequest, Passage, Triage, TriageRequest } from './model.ts';

/** The answer is not what was asked for. The message is for us, and holds nothing of the answer. */
export class Unusable extends Error {
  override name = 'Unusable';
}

const plain = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !text.includes('\0') && text.isWellFormed());

const draftAnswer = z.object({
  found: z.boolean(),
  reply: plain(20_000),
  citations: z.array(z.object({ passage: plain(50), quote: plain(2_000) })).max(50),
  missing: plain(5_000).nullish(),
});

const triageAnswer = z.object({
  priority: z.enum(['low', 'normal', 'high', 'urgent']),
  tags: z.array(plain(200)).max(200),
  team: plain(200).nullish(),
  reason: plain(5_000).nullish(),
});

/** @throws {Unusable} */
export function judgeDraft(text: string, { passages }: DraftRequest): Draft {
  const { found, reply, citations, missing } = read(text, draftAnswer);
  const told = sentence(missing, 1_000);
  if (!found) return notFound(told || 'The passages do not answer it.');
  if (reply.trim() === '') throw new Unusable('an empty reply');
  const cited = citations.flatMap((citation) => checked(citation, passages));
  if (cited.length === 0) return notFound('What the draft rests on does not stand in the help centre.');
  if (holdsMark(reply)) return notFound('The draft repeats what the model was told.');
  const strange = addressesBeside(reply, passages)[0];
  if (strange) return notFound(`The draft names an address that no passage does: ${strange.slice(0, 200)}`);
  return { body: reply.trim(), citations: cited, found: true, ...(told ? { missing: told } : {}) };
}

/** A draft that says so. */
export const notFound = (missing: string): Draft => ({
  body: nothingFound,
  citations: [],
  found: false,
  missing,
});

/** @throws {Unusable} */
export function judgeTriage(text: string, { tags, teams }: TriageRequest): Triage {
  const answer = read(text, triageAnswer);
  return {
    priority: answer.priority,
    tags: [...new Set(answer.tags)].filter((tag) => tags.includes(tag)),
    teamId: teams.find(({ id }) => id === answer.team)?.id ?? null,
    reason: sentence(answer.reason, 300) || 'The model gave no reason.',
  };
}

/** The one object in the text. Servers differ in how they are asked for JSON, and models in what they put around it. */
function read<T>(text: string, shape: z.ZodType<T>): T {
  const object = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1);
  let json: unknown;
  try {
    json = JSON.parse(object);
  } catch {
    throw new Unusable('no JSON');
  }
  const answer = shape.safeParse(json);
  if (!answer.success) throw new Unusable('another shape');
  return answer.data;
}

/** So short that it stands anywhere. */
const minQuote = 20;

/** The citation, if its words stand in its passage, but for how they are spaced. */
function checked(citation: { passage: string; quote: string }, passages: readonly Passage[]): Citation[] {
  const passage = passages.find(({ id }) => id === citation.passage);
  const quote = spaced(citation.quote);
  if (!passage || quote.length < Math.min(minQuote, spaced(passage.text).length)) return [];
  if (!spaced(passage.text).includes(quote)) return [];
  return [{ articleId: passage.articleId, title: passage.title, text: quote }];
}

const spaced = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** The mark of a fence (kernel/fence.ts). */
const holdsMark = (text: string): boolean => /[0-9a-f]{20} (begins|ends)/.test(text);

/**
 * Links and addresses of mail that no passage names: what a stranger would have the team send a customer to. Whole, for beside
 * `acme.com` there is `acme.company`, and beside one page of a host that many share there is another's.
 */
function addressesBeside(reply: string, passages: readonly Passage[]): string[] {
  const named = addressesIn(passages.map((passage) => passage.text).join('\n\n'));
  const given = new Set([...wholes(named), ...named.links.map(({ host }) => host)]);
  return wholes(addressesIn(reply)).filter((address) => !given.has(address));
}

const wholes = ({ links, mails }: Addresses): string[] => [
  ...links.map(({ host, rest }) => host + rest),
  ...mails,
];

/** One line for a reviewer; empty where there is none, or it repeats what the model was told. */
function sentence(text: string | null | undefined, max: number): string {
  const line = spaced((text ?? '').replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' '));
  return holdsMark(line) ? '' : line.slice(0, max).toWellFormed();
}
