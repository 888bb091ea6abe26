/** The model that is there without configuration: it quotes the help centre, and says where it found nothing. */
import type { Draft, DraftRequest, Fit, Model } from './model.ts';
import { triageByRules } from './rules.ts';

/**
 * Whether a passage answers, as far as words can tell: it must hold about two telling words of the question, and more of a
 * long one, by weight a sixth of it, and a word of the subject: else it answers something that was said on the way. The
 * figures are from the evaluation's tuning questions and tickets (docs/model.md); the rank of the search does not separate
 * right from wrong.
 */
export const answers = ({ asked, matched, share, onSubject }: Fit): boolean =>
  onSubject && share >= 1 / 6 && matched + share >= 1.9 + 0.05 * asked;

/** What a customer is told where no passage answers. */
export const nothingFound =
  'Thank you for writing to us. Our help centre has no answer to this, so a colleague will look into it and write to you.';

function draft({ company, passages }: DraftRequest): Draft {
  const [best] = passages;
  if (!best || !answers(best.fit))
    return {
      body: nothingFound,
      citations: [],
      found: false,
      missing: best
        ? `No passage holds enough of the question; the nearest is in “${best.title}”.`
        : 'No article shares a word with the question.',
    };
  return {
    body: `Thank you for writing to us. Our help centre says, under “${best.title}”:\n\n${best.text}\n\nIf this does not answer your question, just reply.\n\n${company}`,
    citations: [{ articleId: best.articleId, title: best.title, text: best.text }],
    found: true,
  };
}

export const extractive: Model = {
  name: 'extractive',
  local: true,
  ready: async () => {},
  draft: async (request) => draft(request),
  triage: async (request) => triageByRules(request),
};
