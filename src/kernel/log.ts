import { type Logger, pino } from 'pino';

export type { Logger };

/** The process's logger: JSON lines on stderr, so that stdout stays for people. Keys and signatures never reach it. */
export const createLogger = (level: string): Logger =>
  pino(
    { level, redact: ['*.signature', '*.privateKey', '*.raw'] },
    pino.destination({ dest: 2, sync: false }),
  );
