/** A model behind an OpenAI-compatible address (`POST {url}/chat/completions`). Each call is one request: nothing is retried here. */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, type LanguageModelUsage } from 'ai';
import { PosternError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import { type Budget, spent } from './budget.ts';
import { judgeDraft, judgeTriage, notFound, Unusable } from './judge.ts';
import type { Model } from './model.ts';
import { draftPrompt, mostTokens, type Prompt, triagePrompt } from './prompt.ts';
import { guardedFetch, NotTaken } from './transport.ts';

export interface RemoteSettings {
  /** Such as `https://api.example.com/v1`. */
  url: string;
  key: string | undefined;
  /** As the server names it. */
  name: string;
  timeoutMs: number;
  /** Of one answer. */
  maxTokens: number;
}

export interface RemotePorts {
  budget: Budget;
  log: Logger;
}

export function remoteModel(settings: RemoteSettings, ports: RemotePorts): Model {
  const { name, maxTokens } = settings;
  return {
    name,
    local: false,
    async ready(tx, request) {
      const prompt = 'thread' in request ? draftPrompt(request) : triagePrompt(request);
      if (!(await ports.budget.has(tx, request.workspaceId, mostTokens(prompt, maxTokens)))) throw spent();
    },
    async draft(request) {
      // It could cite nothing.
      if (request.passages.length === 0) return notFound('No article shares a word with the question.');
      return judged(settings, ports, request.workspaceId, draftPrompt(request), (text) =>
        judgeDraft(text, request),
      );
    },
    triage: async (request) =>
      judged(settings, ports, request.workspaceId, triagePrompt(request), (text) =>
        judgeTriage(text, request),
      ),
  };
}

/**
 * One call within the budget: the most that it can take is set aside before it, and what it did not take is given back. Who
 * calls twice for the same, such as two processes that deliver one purchase, pays twice, and never more than the day has.
 * @throws {PosternError} `model_unavailable`, in words of ours: what a server answers may hold the prompt, and the prompt a
 * ticket.
 */
async function judged<T>(
  settings: RemoteSettings,
  { budget, log }: RemotePorts,
  workspaceId: string,
  prompt: Prompt,
  judge: (text: string) => T,
): Promise<T> {
  const reserved = await budget.reserve(workspaceId, mostTokens(prompt, settings.maxTokens));
  // What is not known counts as used.
  let used = reserved.tokens;
  try {
    const answer = await ask(settings, prompt);
    used = tokensOf(answer.usage) ?? used;
    return judge(answer.text);
  } catch (error) {
    if (causeOf(error, NotTaken)) used = 0;
    const why = reasonOf(error);
    log.warn({ model: settings.name, workspace: workspaceId, why }, 'the model gave no answer');
    throw new PosternError('model_unavailable', `The model is not available: ${why}.`);
  } finally {
    // Where this fails they stay spent, and the answer is good all the same.
    await budget
      .settle(reserved, used)
      .catch((error) => log.warn({ error: (error as Error).message }, 'tokens were not given back'));
  }
}

function ask({ url, key, name, timeoutMs, maxTokens }: RemoteSettings, prompt: Prompt) {
  const provider = createOpenAICompatible({
    name: 'model',
    baseURL: url,
    ...(key === undefined ? {} : { apiKey: key }),
    fetch: guardedFetch,
  });
  return generateText({
    model: provider(name),
    ...prompt,
    // No tools, and no `response_format`: servers differ in which they take, and the answer is checked in any case.
    maxOutputTokens: maxTokens,
    maxRetries: 0,
    abortSignal: AbortSignal.timeout(timeoutMs),
  });
}

/** Undefined where the server does not say, or says nonsense. */
function tokensOf({ inputTokens = 0, outputTokens = 0 }: LanguageModelUsage): number | undefined {
  const tokens = inputTokens + outputTokens;
  return Number.isSafeInteger(tokens) && tokens > 0 ? tokens : undefined;
}

function reasonOf(error: unknown): string {
  const notTaken = causeOf(error, NotTaken);
  if (notTaken) return notTaken.message;
  const timeout = causeOf(error, DOMException);
  if (timeout) return 'it did not answer in time';
  return causeOf(error, Unusable) ? 'its answer is not what was asked for' : 'its answer cannot be read';
}

/** The first error of a kind among an error and its causes: the SDK wraps some. */
function causeOf<T>(error: unknown, kind: new (...args: never[]) => T): T | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof kind) return at;
  return undefined;
}
