/** What settings of several kinds are made of. */
import { z } from 'zod';

/** A setting that cannot be used; the message is one line that names it. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

export const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https address' });
