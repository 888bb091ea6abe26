/** How well questions in customers' words find their page, and how honestly the rest is told. No model is configured. */

import { searchArticles } from '../../src/desk/articles.ts';
import { demoSlug, seedDemo } from '../../src/desk/demo.ts';
import { demoTickets } from '../../src/desk/demo-tickets.ts';
import { findPassages } from '../../src/desk/passages.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import { extractive } from '../../src/model/extractive.ts';
import type { Passage } from '../../src/model/model.ts';
import { type Database, inWorkspace } from '../../src/store/database.ts';
import { type Question, tickets } from './questions.ts';

export interface Evaluation {
  answerable: number;
  /** Whose page is among the first three. */
  right: number;
  /** Answerable, and told "not found". */
  falselyMissing: number;
  unanswerable: number;
  /** Unanswerable, and told so. */
  honest: number;
}

/** Asks each question of the demo's help centre. */
export async function evaluate(db: Database, questions: readonly Question[]): Promise<Evaluation> {
  const workspaceId = await seedDemo(db, randomIds, new Date());
  const sums: Evaluation = { answerable: 0, right: 0, falselyMissing: 0, unanswerable: 0, honest: 0 };
  for (const [question, slug] of questions)
    await inWorkspace(
      db,
      workspaceId,
      async (tx) => {
        const pages = await searchArticles(tx, workspaceId, question, 3);
        const passages = await findPassages(tx, workspaceId, question);
        const { found } = await drafted(question, question, passages);
        if (slug === null) {
          sums.unanswerable++;
          if (!found) sums.honest++;
          return;
        }
        sums.answerable++;
        if (pages.some((page) => page.slug === slug)) sums.right++;
        if (!found) sums.falselyMissing++;
      },
      { readOnly: true },
    );
  return sums;
}

const drafted = (subject: string, body: string, passages: readonly Passage[]) =>
  extractive.draft({
    workspaceId: '',
    company: demoSlug,
    subject,
    thread: [{ author: 'customer', body }],
    passages,
  });

export interface TicketEvaluation {
  asked: number;
  /** Answered from the article that answers. */
  right: string[];
  /** Answered from another one. */
  wrong: string[];
}

/** Asks what the demo's tickets ask, first and last, as a draft for them does. */
export async function evaluateTickets(db: Database): Promise<TicketEvaluation> {
  const workspaceId = await seedDemo(db, randomIds, new Date());
  const sums: TicketEvaluation = { asked: 0, right: [], wrong: [] };
  for (const [at, { subject, thread }] of demoTickets.entries()) {
    const said = thread.filter(({ by }) => by === 'customer').map(({ body }) => body);
    for (const [turn, body] of [...new Set([said[0]!, said.at(-1)!])].entries()) {
      const passages = await inWorkspace(
        db,
        workspaceId,
        (tx) => findPassages(tx, workspaceId, `${subject}\n${body}`, subject),
        { readOnly: true },
      );
      sums.asked++;
      const { found, citations } = await drafted(subject, body, passages);
      if (!found) continue;
      const from = passages.find(({ articleId }) => articleId === citations[0]!.articleId)!.slug;
      const answer = tickets[at + 1]![turn];
      (from === answer ? sums.right : sums.wrong).push(`#${at + 1} ${subject}: ${from}`);
    }
  }
  return sums;
}

/** In a line. */
export const told = (name: string, { answerable, right, falselyMissing, unanswerable, honest }: Evaluation) =>
  `${name}: right page in the first three ${right} of ${answerable}, of those told "not found" ${falselyMissing}; "not found" for ${honest} of ${unanswerable} that have no answer`;
