/** How well questions in customers' words find their page, and how honestly the rest is told. No model is configured. */

import { searchArticles } from '../../src/desk/articles.ts';
import { demoSlug, seedDemo } from '../../src/desk/demo.ts';
import { findPassages } from '../../src/desk/passages.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import { extractive } from '../../src/model/extractive.ts';
import { type Database, inWorkspace } from '../../src/store/database.ts';
import type { Question } from './questions.ts';

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
        const thread = [{ author: 'customer' as const, body: question }];
        const { found } = await extractive.draft({
          workspaceId,
          company: demoSlug,
          subject: question,
          thread,
          passages,
        });
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

/** In a line. */
export const told = (name: string, { answerable, right, falselyMissing, unanswerable, honest }: Evaluation) =>
  `${name}: right page in the first three ${right} of ${answerable}, of those told "not found" ${falselyMissing}; "not found" for ${honest} of ${unanswerable} that have no answer`;
