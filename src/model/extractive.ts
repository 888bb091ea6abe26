/** The model that is there without configuration: it quotes the help centre, and says where it found nothing. */
import type { Model } from './model.ts';

export const extractive: Model = {
  name: 'extractive',
  async draft({ passages }) {
    const [best] = passages;
    if (!best)
      return {
        body: 'We have no article on this yet.',
        citations: [],
        found: false,
        missing: 'No article shares a word with the question.',
      };
    return { body: best.text, citations: [best], found: true };
  },
  triage: async () => ({
    priority: 'normal',
    tags: [],
    teamId: null,
    reason: 'No resolved ticket is like it.',
  }),
};
