/** The model only proposes, and nothing of it is believed that cannot be checked. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of source.
import type { Kept } from './mutant.ts';

export const model: readonly Kept[] = [
  {
    promise: 'the model: what it cites stands in the passage, and what it says of itself is not believed',
    lines: [
      {
        file: 'src/model/judge.ts',
        text: 'if (!spaced(passage.text).includes(quote)) return [];',
        replacement: '',
        test: 'src/model/remote.test.ts',
        named: 'a citation that does not stand in its passage',
      },
      {
        file: 'src/model/judge.ts',
        text: '|| quote.length < Math.min(minQuote, spaced(passage.text).length)',
        replacement: '',
        test: 'src/model/remote.test.ts',
        named: 'a citation that does not stand in its passage',
      },
      {
        file: 'src/model/judge.ts',
        text: "if (cited.length === 0) return notFound('What the draft rests on does not stand in the help centre.');",
        replacement: '',
        test: 'src/model/remote.test.ts',
        named: 'a citation that does not stand in its passage',
      },
      {
        file: 'src/model/judge.ts',
        text: 'const strange = addressesBeside(reply, passages)[0];',
        replacement: 'const strange = addressesBeside(reply, passages)[99];',
        test: 'src/model/remote.test.ts',
        named: 'a model that does as a ticket tells it',
      },
      {
        file: 'src/model/judge.ts',
        text: '.filter((address) => !given.has(address))',
        replacement: '.filter((address) => ![...given].some((one) => one.includes(address)))',
        test: 'src/model/remote.test.ts',
        named: 'a model that does as a ticket tells it',
      },
      {
        file: 'src/model/judge.ts',
        text: "if (holdsMark(reply)) return notFound('The draft repeats what the model was told.');",
        replacement: '',
        test: 'src/model/remote.test.ts',
        named: 'a model that does as a ticket tells it',
      },
      {
        file: 'src/model/judge.ts',
        text: "return holdsMark(line) ? '' : line",
        replacement: 'return line',
        test: 'src/model/remote.test.ts',
        named: 'triage keeps to the tags',
      },
      {
        file: 'src/model/judge.ts',
        text: '.filter((tag) => tags.includes(tag))',
        replacement: '',
        test: 'src/model/remote.test.ts',
        named: 'triage keeps to the tags',
      },
      {
        file: 'src/model/judge.ts',
        text: 'teams.find(({ id }) => id === answer.team)?.id ?? null',
        replacement: 'answer.team ?? null',
        test: 'src/model/remote.test.ts',
        named: 'triage keeps to the tags',
      },
      {
        file: 'src/desk/triage.ts',
        text: 'where tag <> (select agents_tag from desk_settings where workspace_id = ${workspaceId})',
        replacement: '',
        test: 'src/desk/operations/triage.test.ts',
        named: 'no agent, and no model, opens a ticket to agents by its tag',
      },
      {
        file: 'src/desk/operations/draft-reply.ts',
        text: 'if (request.passages.length === 0) throw noAnswer();',
        replacement: '',
        test: 'test/scenarios/model.test.ts',
        named: 'what has no passage at all is refused',
      },
      {
        file: 'src/desk/operations/draft-reply.ts',
        text: `if (!draft.found) throw noAnswer();
  return proposeReply`,
        replacement: 'return proposeReply',
        test: 'src/desk/operations/draft-reply.test.ts',
        named: 'a draft that rests on nothing is not proposed',
      },
      {
        file: 'src/desk/operations/propose-reply.ts',
        text: 'version ?? ticket.version',
        replacement: 'ticket.version',
        test: 'src/desk/operations/draft-reply.test.ts',
        named: 'what is said while the model drafts',
      },
      {
        file: 'src/model/transport.ts',
        text: "redirect: 'manual'",
        replacement: "redirect: 'follow'",
        test: 'src/model/remote.test.ts',
        named: 'a redirect is not followed',
      },
    ],
  },
  {
    promise: 'addresses: what can be followed is found, and is another unless the whole of it is the same',
    lines: [
      {
        file: 'src/kernel/addresses.ts',
        text: "const isScheme = manner === 'scheme';",
        replacement: "const isScheme = manner === 'scheme' && !text.startsWith('@', match.index - 1);",
        test: 'src/kernel/addresses.test.ts',
        named: 'what a mail program, a browser or a reader takes for an address',
      },
      {
        file: 'src/kernel/addresses.ts',
        text: 'if (!isSuffix(last)) continue;',
        replacement: '',
        test: 'src/kernel/addresses.test.ts',
        named: 'what is only written like one',
      },
      {
        file: 'src/kernel/addresses.ts',
        text: "form.replace(invisible, '').replace(/[*~`]/g, '')",
        replacement: "form.replace(invisible, ' ')",
        test: 'src/kernel/addresses.test.ts',
        named: 'what a mail program, a browser or a reader takes for an address',
      },
      {
        file: 'src/desk/agents/flags.ts',
        text: '!published.has(host)',
        replacement: '![...published].some((one) => one.includes(host))',
        test: 'src/desk/operations/approvals/evidence.test.ts',
        named: 'a link is flagged unless',
      },
    ],
  },
  {
    promise: 'the model’s budget: no day has more tokens than it may',
    lines: [
      {
        file: 'src/model/budget.ts',
        text: 'where spent.tokens + excluded.tokens <= ${tokensPerDay}::int8',
        replacement: '',
        test: 'src/model/budget.test.ts',
        named: 'calls at once, of two processes',
      },
      {
        file: 'src/model/budget.ts',
        text: 'if (tokens > tokensPerDay) throw spent();',
        replacement: '',
        test: 'src/model/budget.test.ts',
        named: 'a call that could never fit',
      },
      {
        file: 'src/model/budget.ts',
        text: 'tokens - Math.min(Math.max(used, 0), tokens);',
        replacement: 'tokens - used;',
        test: 'src/model/budget.test.ts',
        named: 'no claim of a server takes more',
      },
      {
        file: 'src/model/remote.ts',
        text: 'if (!(await ports.budget.has(tx, request.workspaceId, mostTokens(prompt, maxTokens)))) throw spent();',
        replacement: 'void [tx, prompt, spent];',
        test: 'src/desk/operations/draft-reply.test.ts',
        named: 'a budget that is spent refuses before',
      },
    ],
  },
];
