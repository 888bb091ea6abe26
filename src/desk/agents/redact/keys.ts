/** Keys, tokens and passwords. Found in the source as it is: letters and their case are what tells them. */
import type { Span } from './spans.ts';

/** What their makers mark them with. */
const marked: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,20000}?(?:-----END [^\n-]{0,60}-----|(?=-----BEGIN )|$)/g,
  /\beyJ[\w-]{8,2000}\.[\w-]{8,}(?:\.[\w-]*){0,3}/g,
  /\b(?:sk|pk|rk|whsec|tok|api|key|secret|mcp|pat|dop_v1|doo_v1|npm|hf|lin_api|figd|ntn|shp(?:at|ca|pa|ss)|sq0(?:atp|csp|idp)|glpat|gl(?:dt|rt|soat|ptt)|r8|gsk|xai|pplx|nvapi|sntrys?|phc|vercel|atlasv1|pul|ory_at)[-_](?:[A-Za-z0-9]+[-_]){0,4}[A-Za-z0-9_-]{14,}/g,
  /\b(?:gh[pousr]|github_pat|ghs)_[A-Za-z0-9_]{16,}/g,
  /\bxox[abeprs]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{10,}/g,
  /\b(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}\b/g,
  /\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}|\bGOCSPX-[\w-]{20,}/g,
  /\bSG\.[\w-]{16,}\.[\w-]{16,}|\bpypi-[\w-]{20,}|\bAGE-SECRET-KEY-[A-Z0-9]{20,}/g,
  /\bSK[0-9a-f]{32}\b|\bEAA[A-Za-z0-9]{20,}|\bkey-[0-9a-f]{32}\b|\b\d{8,10}:[A-Za-z0-9_-]{35}(?![\w-])/g,
  /\bhttps:\/\/hooks\.slack\.com\/\S{10,}|\bhttps:\/\/discord(?:app)?\.com\/api\/webhooks\/\S{10,}/g,
];

/** A label, and behind it what is to be masked: the first group. */
const labelled: readonly RegExp[] = [
  // A password in an address.
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{0,80}:([^\s@/]{3,200})@/gi,
  /\b(?:authorization|x-api-key|x-auth-token|cookie)["']?\s{0,2}[:=]\s{0,2}["']?(?:(?:bearer|basic|token|digest)\s+)?([^\s"',;]{6,})/gi,
  /\b(?:bearer|basic)\s+([A-Za-z0-9+/_.~-]{16,}={0,2})/gi,
  /\bbearer\s+([\w-]+\.[\w-]+\.[\w-]+)/gi,
  // In an address.
  /[?&;](?:sig|signature|hmac|auth|jwt|sid|session(?:_?id)?|x-(?:amz|goog)-signature)=([^\s&#"'<>]{4,})/gi,
  /\b(?:pin|cvv2?|cvc2?)(?:[ -]?(?:code|number|nr\.?|no\.?))?\s{1,3}(\d{3,8})(?![\p{L}\p{N}])/giu,
  /(?<!\p{L})(?:pass(?:word|phrase|wort|wd)?|pwd|passw|kennwort|mot de passe|mdp|contraseñ?a|contrasena|clave|senha|palavra-passe|has[łl]o|heslo|wachtwoord|l[öo]senord|парол[ья]|密码|密碼|パスワード|비밀번호|pin(?:[ -]?code)?|secret|client[_ -]?secret|api[_ -]?(?:key|token|secret)|access[_ -]?(?:key|token)(?:[_ -]?id)?|secret[_ -]?(?:access[_ -]?)?key|auth[_ -]?token|refresh[_ -]?token|token|private[_ -]?key|licen[cs]e[_ -]?key|recovery[_ -]?code|backup[_ -]?code|security[_ -]?code|cvv|cvc)["']?[ \t]{0,3}(?:[:=：]|=>)[ \t]{0,3}("[^"\n]{1,200}"|'[^'\n]{1,200}'|`[^`\n]{1,200}`|[^\s"'`,;<>]{3,200})/giu,
  // In a sentence only what no sentence says: digits or signs in it, or quoted.
  /\b(?:pass(?:word|phrase|code|wort)?|pwd|kennwort|mot de passe|contraseña|senha|has[łl]o|pin|secret|token|api key|key)\s+(?:is|was|ist|war|lautet|est|es|era|to|é|è|=)\s+("[^"\n]{3,100}"|'[^'\n]{3,100}'|`[^`\n]{3,100}`|(?=\S{0,60}[\d!@#$%^&*])[^\s"'`,;<>]{4,100})/gi,
  /\b(?:seed|recovery|mnemonic|secret)\s+(?:phrase|words?)?[^a-z\n]{0,4}\s{0,4}((?:[a-z]{3,8}\s+){11,23}[a-z]{3,8})/gi,
];

/** Behind one of these words a string that could be a key is one. */
const ofKeys =
  /(?:key|token|secret|bearer|credential|totp|2fa|seed|private|auth|jwt|session|cookie|signature|api)\W{0,3}(?:is|was)?\W{0,6}$/i;
/** Behind one of these it is the mark of something public. */
const ofHashes =
  /(?:commit|sha-?\d*|md5|checksum|digest|hash|etag|integrity|revision|rev|tx|txid|transaction|block|image|build|blob|tree|parent|merge|fixed in|ref|uuid|guid|fingerprint|version|address|wallet|contract|payto|0x)\W{0,4}(?:is|was)?[\s:=`"'([#@/]{0,4}$/i;

const hexRun = /(?<![\w-])(?:0x)?[0-9a-f]{20,}(?![\w-])|(?<![\w-])(?:0x)?[0-9A-F]{20,}(?![\w-])/g;
const mixedRun = /(?<![\w+/=.@-])[A-Za-z0-9_+/-]{20,}={0,2}(?![\w@])/g;
const uuidRun = /(?<![\w-])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-])/gi;
const shortRun = /(?<![\w-])[A-Za-z0-9_-]{12,}(?![\w-])/g;

/** Whatever looks like a secret. */
export function keysIn(source: string): Span[] {
  const spans: Span[] = [];
  const add = (from: number, length: number) => spans.push({ from, to: from + length, kind: 'key' });
  for (const pattern of marked)
    for (const { index, 0: match } of source.matchAll(pattern)) add(index, match.length);
  for (const pattern of labelled)
    for (const match of source.matchAll(pattern)) {
      const secret = match[1]!;
      if (!/^\[\w+\]$/.test(secret)) add(match.index + match[0].lastIndexOf(secret), secret.length);
    }
  const before = (index: number) => source.slice(Math.max(0, index - 40), index);
  for (const { index, 0: run } of source.matchAll(hexRun))
    if (isSecretHex(run, before(index))) add(index, run.length);
  for (const { index, 0: run } of source.matchAll(uuidRun))
    if (ofKeys.test(before(index))) add(index, run.length);
  for (const { index, 0: run } of source.matchAll(mixedRun))
    if (isRandom(run) && !ofHashes.test(before(index))) add(index, run.length);
  for (const { index, 0: run } of source.matchAll(shortRun))
    if (ofKeys.test(before(index)) && /\d/.test(run) && /[A-Za-z]/.test(run)) add(index, run.length);
  return spans;
}

/** Forty digits are a commit, and behind `0x` forty an address and sixty-four mostly a transaction. */
function isSecretHex(run: string, before: string): boolean {
  if (ofKeys.test(before)) return true;
  const digits = run.replace(/^0x/, '');
  if (digits.length === 40 || digits.length !== run.length || ofHashes.test(before)) return false;
  return /\d/.test(digits) && /[a-f]/i.test(digits) && new Set(digits.toLowerCase()).size >= 8;
}

/** Whether letters and digits change as they do by chance: neither words nor numbers, nor both behind each other. */
function isRandom(run: string): boolean {
  const text = run.replace(/=+$/, '');
  if (!/[a-z]/.test(text) || !/[A-Z]/.test(text) || !/\d/.test(text)) return false;
  // A path, or words with hyphens.
  if (text.split(/[/_-]/).some((part) => /^[a-z]{4,}$|^[A-Z][a-z]{4,}$/.test(part))) return false;
  const letters = text.replace(/[^A-Za-z0-9]/g, '');
  let changes = 0;
  for (let i = 1; i < letters.length; i++) if (classOf(letters[i]!) !== classOf(letters[i - 1]!)) changes++;
  const inWords = text.match(/[a-z]{3,}/g)?.join('').length ?? 0;
  return (
    changes >= letters.length / 3.5 &&
    inWords < letters.length * 0.45 &&
    new Set(letters).size >= letters.length / 3
  );
}

const classOf = (char: string): number => (char >= 'a' ? 2 : char >= 'A' ? 1 : 0);
