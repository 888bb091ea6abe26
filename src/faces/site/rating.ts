/**
 * Where the mail after a resolution leads: a form and no script. A mail scanner that follows the link answers nothing, for
 * only the form does. The page shows the company’s name and the answer, and nothing of the ticket.
 */
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { text } from '../../desk/fields.ts';
import type { Asked, RatingLinks } from '../../desk/teamwork/rating-links.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { ClientOf } from '../client-address.ts';
import { readBytes } from '../http-body.ts';
import { noStore } from '../http-reply.ts';
import type { Limits } from '../limits.ts';
import { escaped, page } from '../page.ts';

interface RatingPorts {
  ratings: RatingLinks;
  limits: Limits;
  clientOf: ClientOf;
}

const maxComment = 2_000;
/** A comment of nothing but the widest characters, each byte of them escaped. */
const maxFormBytes = 32 * 1024;

const answered = z.object({
  score: z.enum(['good', 'bad']),
  comment: text(maxComment).nullable(),
});

export function mountRatings(app: Hono, { ratings, limits, clientOf }: RatingPorts): void {
  app.get('/:workspace/rate/:token', (c) => refusedAsPage(() => shown(c, ratings)));
  app.post('/:workspace/rate/:token', (c) =>
    refusedAsPage(async () => {
      await limits.read(clientOf(c));
      const form = new URLSearchParams(new TextDecoder().decode(await readBytes(c.req.raw, maxFormBytes)));
      // A browser sends the end of a line as two characters.
      const comment = (form.get('comment') ?? '').replaceAll('\r\n', '\n');
      const answer = answered.safeParse({
        score: form.get('score'),
        comment: comment.trim() === '' ? null : comment,
      });
      if (!answer.success) return shown(c, ratings, 400);
      const { workspace, token } = c.req.param();
      await ratings.answer(workspace, token, answer.data);
      return new Response(null, {
        status: 303,
        headers: { ...noStore, Location: new URL(c.req.url).pathname },
      });
    }),
  );
}

async function shown(c: Context, ratings: RatingLinks, status = 200): Promise<Response> {
  const asked = await ratings.find(c.req.param('workspace') ?? '', c.req.param('token') ?? '');
  if (!asked.open)
    return page('Thank you', '<p>This link has expired; no answer is taken any more.</p>', 410);
  const said =
    status === 400
      ? `<p>Please choose one, and write no more than ${maxComment} characters.</p>`
      : asked.score
        ? '<p>Thank you, we have your answer. You can change it for a week.</p>'
        : '';
  return page(`How was the help of ${asked.company}?`, said + form(asked), status);
}

const form = ({ score, comment }: Asked): string =>
  `<form method="post"><fieldset>${choice('good', 'Good', score)}${choice('bad', 'Not good', score)}</fieldset><label>Anything else you want to say?<textarea name="comment" rows="4" maxlength="${maxComment}">\n${escaped(comment ?? '')}</textarea></label><button>Send</button></form>`;

const choice = (value: string, label: string, chosen: string | null): string =>
  `<label><input type="radio" name="score" value="${value}" required${value === chosen ? ' checked' : ''}>${label}</label>`;

/** People come here, so what is refused is a page as well. */
async function refusedAsPage(work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PosternError)) throw error;
    if (error.code === 'not_found') return page('Nothing is here', '<p>This link leads nowhere.</p>', 404);
    if (error.code === 'conflict')
      return page('Thank you', '<p>This link has expired; no answer is taken any more.</p>', 410);
    throw error;
  }
}
