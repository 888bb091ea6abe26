/** Triage without a model: a few words that say how much it presses, and how tickets like it were filed. */
import type { Triage, TriageRequest } from './model.ts';

type Priority = Triage['priority'];

/** The first that matches counts. Written for English; another language goes by similar tickets alone. */
const pressing: readonly [Priority, RegExp][] = [
  [
    'urgent',
    /\b(urgent(ly)?|asap|emergency|immediately|right away|hacked|stolen|fraud(ulent)?|data breach|on fire|smoke|lawyer|legal action|(wedding|flight|trip|shoot|event) (is )?(today|tomorrow))\b/i,
  ],
  [
    'high',
    /\b(charged twice|double charge|lost (all|my)|(can't|cannot|can not|cant) (log ?in|sign ?in|pay)|still (waiting|no (answer|reply))|(second|third|fourth) time|unacceptable|complain(t|ing)?)\b/i,
  ],
  [
    'low',
    /\b(no (rush|hurry)|not urgent|just curious|feature request|suggestion|feedback|when you have time)\b/i,
  ],
];
/** "Not urgent" is not urgent. */
const denied = /\b(not|nothing|isn't|non)[ -](that |so |very |really )?urgent\b/gi;

const ranks: readonly Priority[] = ['low', 'normal', 'high', 'urgent'];

/** What at least half of the similar tickets have, and at least two of them. */
function voted<T>(votes: readonly T[], voters: number): T[] {
  const counts = new Map<T, number>();
  for (const vote of votes) counts.set(vote, (counts.get(vote) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count >= 2 && count * 2 >= voters)
    .sort(([, a], [, b]) => b - a)
    .map(([vote]) => vote);
}

/**
 * Priority by what presses in the text, tags and team by vote of similar tickets. A vote raises what the text says, and
 * never lowers it.
 */
export function triageByRules({ subject, body, tags, teams, similar }: TriageRequest): Triage {
  const text = `${subject}\n${body}`.slice(0, 10_000);
  const plain = text.replace(denied, 'no hurry');
  const said = pressing.find(([, pattern]) => pattern.test(plain));
  const word = said?.[1].exec(plain)?.[0];
  const [usual = 'normal'] = voted(
    similar.map(({ priority }) => priority),
    similar.length,
  );
  const priority =
    said && ranks.indexOf(said[0]) >= ranks.indexOf(usual) ? said[0] : said?.[0] === 'low' ? 'low' : usual;
  const votedTags = voted(
    similar.flatMap((ticket) => [...new Set(ticket.tags)]),
    similar.length,
  ).filter((tag) => tags.includes(tag));
  const [teamId = null] = voted(
    similar.map((ticket) => ticket.teamId),
    similar.length,
  ).filter((id) => teams.some((team) => team.id === id));
  const reasons = [
    ...(word && priority === said![0] ? [`It says “${word.toLowerCase()}”.`] : []),
    ...(votedTags.length > 0 || teamId || (usual !== 'normal' && priority === usual)
      ? [`${similar.length} resolved tickets like it were filed so.`]
      : []),
  ];
  return {
    priority,
    tags: votedTags,
    teamId,
    reason: reasons.join(' ') || 'Nothing in it presses, and no resolved ticket is like it.',
  };
}
