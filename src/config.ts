/**
 * Settings: environment in, one parsed Config out. The only reader of process.env.
 * docs/configuration.md is made from the schema below.
 */

import { isIP } from 'node:net';
import { join } from 'node:path';
import { parseUnits } from 'viem';
import { z } from 'zod';
import type { PassphraseSource } from './chains/key-file.ts';
import { findNetwork, networks } from './chains/networks.ts';
import { type ModelConfig, modelOf, modelSettings } from './config/model.ts';
import { ConfigError, httpUrl } from './config/values.ts';

export { ConfigError } from './config/values.ts';

/** The process's environment, for what is passed on to be read elsewhere (the agent's wallet key). */
export const environment: Readonly<Record<string, string | undefined>> = process.env;

const networkNames = networks.map(({ name }) => name) as [string, ...string[]];
const testnets = networks.filter(({ testnet }) => testnet).map(({ name }) => name) as [string, ...string[]];

const commas = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);

const list = (names: [string, ...string[]]) =>
  z
    .string()
    .transform(commas)
    .pipe(z.array(z.enum(names)));

/** `base=0.05,polygon=20`, each in units of so many decimals. */
const perNetworkAmounts = (decimals: number) =>
  z
    .string()
    .default('')
    .transform(commas)
    .pipe(z.array(z.string().regex(amountPattern, { error: 'is a list such as base=0.05,polygon=20' })))
    .transform((items) =>
      items.map((item): [string, bigint] => {
        const [name, amount] = item.split('=') as [string, string];
        return [name, parseUnits(amount, decimals)];
      }),
    )
    .refine((items) => items.every(([name]) => networkNames.includes(name)), {
      error: `names a network that is none of ${networkNames.join(', ')}`,
    })
    .transform((items) => Object.fromEntries(items));
const amountPattern = /^[a-z-]+=\d+(\.\d{1,9})?$/;

const perMinute = (bound: number) => z.coerce.number().int().min(1).default(bound);

/** `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`. */
function isRange(text: string): boolean {
  const [address = '', prefix, more] = text.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)]!;
  if (bits < 0 || more !== undefined) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
}

/** `POSTERN_BASE_SEPOLIA_RPC_URL` for base-sepolia. */
const rpcVariable = (network: string) => `POSTERN_${network.toUpperCase().replaceAll('-', '_')}_RPC_URL`;

const settings = {
  PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65535)
    .default(4020)
    .describe('Port to listen on; 0 takes a free one.'),
  POSTERN_HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
  POSTERN_DATA: z.string().min(1).default('./data').describe('Folder of everything Postern keeps.'),
  POSTERN_PUBLIC_URL: httpUrl
    .optional()
    .describe('What the outside calls this server. Default: http://localhost and the port.'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// address' })
    .optional()
    .describe('A Postgres server to use. Default: one of Postern’s own, in the data folder.'),
  POSTERN_NETWORKS: list(networkNames)
    .optional()
    .describe(
      `Real networks to settle on, separated by commas: ${networkNames.join(', ')}. Default: none, and a devnet.`,
    ),
  POSTERN_DEVNET: list(testnets)
    .default(['base-sepolia', 'sei-testnet', 'solana-devnet'])
    .describe(`Networks of the devnet, started only where no real network is set: ${testnets.join(', ')}.`),
  POSTERN_HOT_KEY_FILE: z
    .string()
    .default('')
    .transform(commas)
    .describe(
      'File with the relayer’s private key: an encrypted keystore, as geth and `npx postern key new` make it, or plain (0x and 64 hexadecimal digits). Several files, separated by commas: keys that send side by side. Needed with POSTERN_NETWORKS, unless POSTERN_FACILITATOR_URL is set.',
    ),
  POSTERN_GAS_BUDGET: perNetworkAmounts(18).describe(
    'What gas may cost in a day (UTC), in the network’s coin: `base=0.05,polygon=20`. Once it is spent the network is not offered. Default: the network’s own bound (src/chains/networks.ts).',
  ),
  POSTERN_MAX_FEE_GWEI: perNetworkAmounts(9).describe(
    'What a transaction offers per gas at most, in gwei: `base=5,polygon=500`. While gas is dearer the network is not offered. Default: the network’s own bound.',
  ),
  POSTERN_SOLANA_KEY_FILE: z
    .string()
    .optional()
    .describe(
      'File with the key that pays the fees on Solana: the array of 64 numbers that solana-keygen writes, or encrypted by `npx postern key encrypt`. Needed where POSTERN_NETWORKS names solana or solana-devnet.',
    ),
  POSTERN_SOLANA_LAMPORTS_PER_DAY: z.coerce
    .number()
    .int()
    .min(0)
    .default(100_000_000)
    .describe(
      'Lamports that fees may cost in 24 hours, on each Solana network; past it Solana is not offered. A payment costs some 10,000.',
    ),
  POSTERN_FACILITATOR_URL: httpUrl
    .optional()
    .describe(
      'Another x402 facilitator (version 2) that settles in the hot key’s place. The payment is still read from the chain, through the networks’ own nodes. Default: Postern settles itself.',
    ),
  POSTERN_FACILITATOR_TOKEN: z
    .string()
    .optional()
    .describe('Sent to POSTERN_FACILITATOR_URL as a bearer token.'),
  POSTERN_SECRET_FILE: z
    .string()
    .optional()
    .describe(
      'File with the secret that Postern’s own keys are derived from (64 hexadecimal digits, or encrypted by `npx postern key encrypt`); processes on one database share it. Default: `secret.key` in the data folder, made at the first start.',
    ),
  POSTERN_KEY_PASSPHRASE: z.string().optional().describe('Passphrase of the files that are encrypted.'),
  POSTERN_KEY_PASSPHRASE_FILE: z
    .string()
    .optional()
    .describe(
      'File that holds it, instead: what is in the environment, the programs that Postern starts see as well.',
    ),
  POSTERN_SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// address' })
    .optional()
    .describe('Server that mail leaves through. Default: a catch-all that keeps it in the data folder.'),
  POSTERN_PATIENCE_SECONDS: z.coerce
    .number()
    .min(1)
    .max(55)
    .default(20)
    .describe('How long a request waits for its settlement before it is answered as pending.'),
  POSTERN_READS_PER_MINUTE: perMinute(300).describe('Free reads of one address, a minute and process.'),
  POSTERN_WORKSPACE_READS_PER_MINUTE: perMinute(12_000).describe(
    'Free reads of a workspace’s tools by all addresses together, a minute and process.',
  ),
  POSTERN_FAILED_PAYMENTS_PER_MINUTE: perMinute(60).describe(
    'Payments of one address that fail, a minute and process.',
  ),
  POSTERN_WORKSPACE_FAILED_PAYMENTS_PER_MINUTE: perMinute(3_000).describe(
    'Payments to a workspace that fail, of all addresses together, a minute and process.',
  ),
  POSTERN_CREDENTIAL_REQUESTS_PER_MINUTE: perMinute(600).describe(
    'Requests with one credential to `/api/mcp`, a minute and process.',
  ),
  POSTERN_TOKEN_REQUESTS_PER_MINUTE: perMinute(12_000).describe(
    'Requests with one token to `npx postern facilitator`, a minute and process.',
  ),
  POSTERN_TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform(commas)
    .pipe(z.array(z.string().refine(isRange, { error: 'is a list of addresses or CIDR ranges' })))
    .describe(
      'Proxies whose X-Forwarded-For is believed, as addresses or CIDR ranges, separated by commas. Default: none.',
    ),
  POSTERN_METRICS_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65535)
    .optional()
    .describe('Port of Prometheus’s `/metrics`, never served on `PORT`; 0 takes a free one. Default: none.'),
  POSTERN_METRICS_HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address that metrics listen on. They are for whoever can reach it.'),
  ...modelSettings,
  POSTERN_WALLET_KEY: z
    .string()
    .optional()
    .describe('Private key that `npx postern call` pays with. Default: the file that `wallet new` makes.'),
  POSTERN_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('warn')
    .describe('What is logged, as JSON lines on stderr.'),
};

/** Settings of which there is one per network. */
const perNetwork = networks.map(({ name }) => ({ network: name, variable: rpcVariable(name) }));

export interface Config {
  port: number;
  host: string;
  dataFolder: string;
  publicUrl: string | undefined;
  databaseUrl: string | undefined;
  /** Real networks with their nodes; empty: the devnet is used. */
  networks: { name: string; rpcUrl: string }[];
  devnet: string[];
  /** One hot key each. */
  hotKeyFiles: string[];
  /** Bounds of gas in place of the network's own, in wei, by network. */
  gas: Record<string, { maxFeeWei?: bigint; gasBudgetWei?: bigint }>;
  solanaKeyFile: string | undefined;
  /** Of fees in 24 hours, on each Solana network. */
  solanaBudgetLamports: bigint;
  /** Another facilitator that settles for us. */
  facilitator: { url: string; token: string | undefined } | undefined;
  secretFile: string;
  keyPassphrase: PassphraseSource | undefined;
  smtpUrl: string | undefined;
  patienceMs: number;
  /** Drafts and files tickets; where it is undefined, what needs none does. */
  model: ModelConfig | undefined;
  /** A minute and process. */
  limits: {
    reads: number;
    workspaceReads: number;
    failedPayments: number;
    workspaceFailedPayments: number;
    /** Of one credential at the second door. */
    credentialRequests: number;
    /** Of one token of the facilitator that stands alone. */
    tokenRequests: number;
  };
  /** Addresses or CIDR ranges. */
  trustedProxies: string[];
  /** Where metrics are served; nowhere where it is undefined. */
  metrics: { host: string; port: number } | undefined;
  logLevel: string;
}

/** Reads the settings. @throws {ConfigError} on the first that is wrong. */
export function readConfig(variables: Readonly<Record<string, string | undefined>>): Config {
  // An empty variable is an unset one: that is how a shell or a compose file leaves it out.
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = z.object(settings).safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new ConfigError(`${issue.path[0] as string}: ${issue.message}`);
  }
  const values = parsed.data;
  const real = (values.POSTERN_NETWORKS ?? []).map((name) => ({ name, rpcUrl: readRpcUrl(name, given) }));
  for (const { network, variable } of perNetwork)
    if (given[variable] && !real.some(({ name }) => name === network))
      throw new ConfigError(`${variable}: is set, and POSTERN_NETWORKS does not name ${network}`);
  const { POSTERN_FACILITATOR_URL: facilitatorUrl, POSTERN_FACILITATOR_TOKEN: token } = values;
  const families = new Set(real.map(({ name }) => findNetwork(name)!.family));
  if (families.has('svm') && !values.POSTERN_SOLANA_KEY_FILE)
    throw new ConfigError('POSTERN_SOLANA_KEY_FILE: is needed where POSTERN_NETWORKS names a Solana network');
  if (families.has('evm') && values.POSTERN_HOT_KEY_FILE.length === 0 && !facilitatorUrl)
    throw new ConfigError('POSTERN_HOT_KEY_FILE: is needed where POSTERN_NETWORKS is set');
  if (token && !facilitatorUrl)
    throw new ConfigError('POSTERN_FACILITATOR_TOKEN: is set, and POSTERN_FACILITATOR_URL is not');
  if (real.length === 0 && values.POSTERN_DEVNET.length === 0)
    throw new ConfigError('POSTERN_DEVNET: names no network, and POSTERN_NETWORKS names none either');
  return {
    port: values.PORT,
    host: values.POSTERN_HOST,
    dataFolder: values.POSTERN_DATA,
    publicUrl: values.POSTERN_PUBLIC_URL,
    databaseUrl: values.DATABASE_URL,
    networks: real,
    devnet: real.length > 0 ? [] : values.POSTERN_DEVNET,
    hotKeyFiles: values.POSTERN_HOT_KEY_FILE,
    gas: gasOf(values.POSTERN_MAX_FEE_GWEI, values.POSTERN_GAS_BUDGET),
    solanaKeyFile: values.POSTERN_SOLANA_KEY_FILE,
    solanaBudgetLamports: BigInt(values.POSTERN_SOLANA_LAMPORTS_PER_DAY),
    facilitator: facilitatorUrl ? { url: facilitatorUrl, token } : undefined,
    secretFile: values.POSTERN_SECRET_FILE ?? join(values.POSTERN_DATA, 'secret.key'),
    keyPassphrase: readPassphraseSource(given),
    smtpUrl: values.POSTERN_SMTP_URL,
    patienceMs: values.POSTERN_PATIENCE_SECONDS * 1000,
    model: modelOf(values),
    limits: {
      reads: values.POSTERN_READS_PER_MINUTE,
      workspaceReads: values.POSTERN_WORKSPACE_READS_PER_MINUTE,
      failedPayments: values.POSTERN_FAILED_PAYMENTS_PER_MINUTE,
      workspaceFailedPayments: values.POSTERN_WORKSPACE_FAILED_PAYMENTS_PER_MINUTE,
      credentialRequests: values.POSTERN_CREDENTIAL_REQUESTS_PER_MINUTE,
      tokenRequests: values.POSTERN_TOKEN_REQUESTS_PER_MINUTE,
    },
    trustedProxies: values.POSTERN_TRUSTED_PROXIES,
    metrics:
      values.POSTERN_METRICS_PORT === undefined
        ? undefined
        : { host: values.POSTERN_METRICS_HOST, port: values.POSTERN_METRICS_PORT },
    logLevel: values.POSTERN_LOG_LEVEL,
  };
}

/** Where the passphrase of encrypted files is, for what needs no other setting. @throws {ConfigError} for two places. */
export function readPassphraseSource(
  variables: Readonly<Record<string, string | undefined>>,
): PassphraseSource | undefined {
  const { POSTERN_KEY_PASSPHRASE: passphrase, POSTERN_KEY_PASSPHRASE_FILE: file } = variables;
  if (passphrase && file)
    throw new ConfigError('POSTERN_KEY_PASSPHRASE_FILE: is set, and POSTERN_KEY_PASSPHRASE is too');
  if (passphrase) return { passphrase };
  return file ? { file } : undefined;
}

function gasOf(maxFees: Record<string, bigint>, budgets: Record<string, bigint>): Config['gas'] {
  const names = new Set([...Object.keys(maxFees), ...Object.keys(budgets)]);
  return Object.fromEntries(
    [...names].map((name) => {
      const [maxFeeWei, gasBudgetWei] = [maxFees[name], budgets[name]];
      return [name, { ...(maxFeeWei && { maxFeeWei }), ...(gasBudgetWei !== undefined && { gasBudgetWei }) }];
    }),
  );
}

function readRpcUrl(network: string, given: Readonly<Record<string, string | undefined>>): string {
  const variable = rpcVariable(network);
  const parsed = httpUrl.safeParse(given[variable]);
  if (!parsed.success)
    throw new ConfigError(
      `${variable}: ${given[variable] ? 'must be an http or https address' : `is needed, for POSTERN_NETWORKS names ${network}`}`,
    );
  return parsed.data;
}

/** The table of all settings, in Markdown, for docs/configuration.md. */
export function describeSettings(): string {
  const rows = Object.entries(settings).map(([name, schema]) => {
    const fallback = schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined;
    const shown =
      fallback === undefined ? '' : `\`${Array.isArray(fallback) ? fallback.join(',') : fallback}\``;
    return `| \`${name}\` | ${shown} | ${schema.description} |`;
  });
  for (const { network, variable } of perNetwork) rows.push(`| \`${variable}\` | | Node of ${network}. |`);
  return ['| setting | default | what it is |', '|---|---|---|', ...rows].join('\n');
}
