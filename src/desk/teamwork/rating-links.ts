/** What stands behind the link of a rating's mail. */
import { PosternError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Clock } from '../../kernel/time.ts';
import { type Database, inWorkspace } from '../../store/database.ts';
import { findWorkspace, type Workspace } from '../workspaces.ts';
import { type Answer, findRating, type Rating, type RatingTokens, rate, takesAnswer } from './ratings.ts';

/** What a page shows of a rating: nothing of its ticket. */
export interface Asked extends Pick<Rating, 'score' | 'comment'> {
  company: string;
  /** Whether an answer is still taken. */
  open: boolean;
}

export interface RatingLinks {
  /** Reads. @throws {PosternError} `not_found`, in the same words for every link that is none. */
  find(slug: string, token: string): Promise<Asked>;
  /** @throws {PosternError} `not_found`; `conflict` where no answer is taken any more. */
  answer(slug: string, token: string, answer: Answer): Promise<void>;
}

export function ratingLinks(ports: {
  db: Database;
  tokens: RatingTokens;
  ids: Ids;
  clock: Clock;
}): RatingLinks {
  const { db, tokens, ids, clock } = ports;
  const none = () => new PosternError('not_found', 'This link leads nowhere.');

  async function read(slug: string, token: string): Promise<{ workspace: Workspace; ratingId: string }> {
    const workspace = await findWorkspace(db, slug).catch((error: unknown) => {
      throw error instanceof PosternError ? none() : error;
    });
    const ratingId = tokens.read(workspace.id, token);
    if (!ratingId) throw none();
    return { workspace, ratingId };
  }

  return {
    async find(slug, token) {
      const { workspace, ratingId } = await read(slug, token);
      const rating = await inWorkspace(db, workspace.id, (tx) => findRating(tx, workspace.id, ratingId), {
        readOnly: true,
      });
      if (!rating) throw none();
      const { score, comment } = rating;
      return { company: workspace.name, score, comment, open: takesAnswer(rating, new Date(clock())) };
    },
    async answer(slug, token, answer) {
      const { workspace, ratingId } = await read(slug, token);
      const setting = { workspace, caller: { kind: 'anonymous' as const }, ids, now: new Date(clock()) };
      await inWorkspace(db, workspace.id, (tx) => rate({ ...setting, tx }, ratingId, answer));
    },
  };
}
