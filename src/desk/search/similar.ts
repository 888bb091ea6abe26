/** Resolved tickets that are like another, by the words of its subject and of how it begins. */
import { sql } from 'kysely';
import type { Tx } from '../../store/database.ts';

/** Telling words that are compared: each pair of them asks the index. */
const maxWords = 8;
/** How far the message is read: at the beginning it says what it is about. */
const maxBody = 300;
/** The newest that share two words; the most alike of these are taken. */
const maxCandidates = 50;
/** Above every number. */
const highest = 2n ** 62n;

/** How a ticket was filed. */
export interface Filed {
  tags: string[];
  priority: 'low' | 'normal' | 'high' | 'urgent';
  teamId: string | null;
}

/** Of the whole workspace, whoever asks: how they were filed is all that is told. The most alike first. */
export async function similarTickets(
  tx: Tx,
  workspaceId: string,
  { id, subject, body }: { id: string; subject: string; body: string },
  limit: number,
): Promise<Filed[]> {
  const text = `${subject} ${body.slice(0, maxBody)}`.toWellFormed();
  const words = await wordsOf(tx, text);
  if (words.length < 2) return [];
  const pairs = words.flatMap((word, at) => words.slice(at + 1).map((other) => `(${word} & ${other})`));
  const asked = `('=status:resolved' | '=status:closed') & (${pairs.join(' | ')})`;
  const { rows } = await sql<Filed>`
    with hits as materialized (select * from find_documents(${asked}::tsquery, ${highest}, ${maxCandidates})),
    shared as (
      select hits.ticket_id, hits.number, (
        select count(*) from unnest(${words}::text[]) word where documents.words @@ word::tsquery
      ) as words
      from hits join ticket_documents documents
        on documents.workspace_id = ${workspaceId} and documents.number = hits.number
      where hits.ticket_id <> ${id}
    )
    select tickets.tags, tickets.priority, tickets.team_id
    from shared join tickets on tickets.workspace_id = ${workspaceId} and tickets.id = shared.ticket_id
    where tickets.merged_into is null
    order by shared.words desc, shared.number desc limit ${limit}`.execute(tx);
  return rows;
}

/** Stems as tsquery takes them, in their order. */
async function wordsOf(tx: Tx, text: string): Promise<string[]> {
  const { rows } = await sql<{ lexeme: string }>`
    select lexeme from unnest(to_tsvector('english', cut_words(${text}))) where length(lexeme) > 2
    order by positions[1] limit ${maxWords}`.execute(tx);
  return rows.map(({ lexeme }) => `'${lexeme.replace(/['\\]/g, '$&$&')}'`);
}
