/** Settings of the model that drafts replies and files tickets. */
import { z } from 'zod';
import { ConfigError, httpUrl } from './values.ts';

export const modelSettings = {
  POSTERN_MODEL_URL: httpUrl
    .optional()
    .describe(
      'OpenAI-compatible address of a model that drafts replies and files tickets, such as https://api.example.com/v1. Ticket text is sent there. Default: none; drafts quote the help centre (docs/model.md).',
    ),
  POSTERN_MODEL: z.string().optional().describe('The model’s name there. Needed with POSTERN_MODEL_URL.'),
  POSTERN_MODEL_KEY: z.string().optional().describe('Sent to POSTERN_MODEL_URL as a bearer token.'),
  POSTERN_MODEL_TIMEOUT_SECONDS: z.coerce
    .number()
    .min(1)
    .max(300)
    .default(30)
    .describe('How long one answer of the model may take.'),
  POSTERN_MODEL_MAX_TOKENS: z.coerce
    .number()
    .int()
    .min(100)
    .max(100_000)
    .default(1_500)
    .describe('Tokens of one answer, at most.'),
  POSTERN_MODEL_TOKENS_PER_DAY: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000_000_000_000)
    .default(1_000_000)
    .describe(
      'Tokens that each workspace may spend on the model in a day (UTC), prompts included. Once they are spent it drafts nothing until the next.',
    ),
};

export interface ModelConfig {
  url: string;
  key: string | undefined;
  /** As the server names it. */
  name: string;
  timeoutMs: number;
  /** Of one answer. */
  maxTokens: number;
  /** Of each workspace. */
  tokensPerDay: number;
}

/** @returns undefined where none is configured. @throws {ConfigError} where half of it is */
export function modelOf(values: z.output<z.ZodObject<typeof modelSettings>>): ModelConfig | undefined {
  const { POSTERN_MODEL_URL: url, POSTERN_MODEL: name, POSTERN_MODEL_KEY: key } = values;
  if (url && !name) throw new ConfigError('POSTERN_MODEL: is needed where POSTERN_MODEL_URL is set');
  if (!url && (name || key))
    throw new ConfigError('POSTERN_MODEL_URL: is needed where POSTERN_MODEL or POSTERN_MODEL_KEY is set');
  if (!url) return undefined;
  return {
    url,
    key,
    name: name!,
    timeoutMs: values.POSTERN_MODEL_TIMEOUT_SECONDS * 1000,
    maxTokens: values.POSTERN_MODEL_MAX_TOKENS,
    tokensPerDay: values.POSTERN_MODEL_TOKENS_PER_DAY,
  };
}
