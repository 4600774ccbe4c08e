import { ConfigurationError } from './configuration.error.js';
import { environmentValue } from './environment-value.js';
import { runMode } from './run-mode.js';

/** Every variable that holds a secret of the gateway. No two may be equal. */
const SECRET_VARIABLES = [
  'JWT_SECRET',
  'JWT_SECRET_PREVIOUS',
  'PASSWORD_PEPPER',
  'PERSONAL_TOOLS_TOKEN',
] as const;
export type SecretVariable = (typeof SECRET_VARIABLES)[number];

/** Every secret that a development machine generates starts so. */
export const DEVELOPMENT_PREFIX = 'development-only-';

/** The least information, as counted by how often each character is there: 32 random digits have about 100. Bits. */
const LEAST_BITS = 72;

/** The share of neighbours in a run (`abc`, `321`, `aaa`) from which a text is a sequence; random digits have 0.28. */
const MAX_SHARE_IN_RUNS = 0.75;

/** What stands in templates: it is refused whatever else is there. Long enough to be in nothing that is random. */
const PLACEHOLDER =
  /change[-_ .]?(me|this)|replace[-_ .]?(me|this|with)|placeholder|your[-_ .]?secret|example[-_ .]?secret|insert[-_ .]?here/i;

/** How much of a text must be left without the words that people write in place of a secret. Characters. */
const LEAST_WITHOUT_WORDS = 16;

/** What people write in place of a secret; the longer ones first, as one may begin another. */
const WORDS =
  /q1w2e3r4|1q2w3e4r|placeholder|correct|battery|staple|secure|horse|ultra|1qaz|2wsx|3edc|4rfv|5tgb|zaq1|xsw2|cde3|vfr4|q1w2|e3r4|t5y6|u7i8|o9p0|production|development|password|example|replace|default|gateway|minimum|characters?|changeit|qwertyuiop|asdfghjkl|qwerty|letmein|change|secret|random|string|pepper|insert|please|should|super|value|token|signing|least|admin|local|phone|extra|very|long|here|this|that|with|your|must|safe|test|prod|demo|some|jwt|key|mcp|app|use|not|the|for|dev|me|my|is|it|in|at|to|be|of|or|a|12345678|1234|4321|0000/g;

const NO_LETTER = /[^\p{L}\p{N}]/gu;

/** Signs that stand for letters, as in `P4ssw0rd`. */
const LETTER_OF: ReadonlyMap<string, string> = new Map([
  ['0', 'o'],
  ['1', 'i'],
  ['3', 'e'],
  ['4', 'a'],
  ['5', 's'],
  ['7', 't'],
  ['@', 'a'],
  ['$', 's'],
]);

/** Those of the words that no random text holds once its digits are read as letters. */
const LONG_WORDS =
  /placeholder|production|development|characters?|password|correct|battery|example|default|gateway|secret|staple|secure|random|string|pepper|change|super|horse|ultra|token|admin/g;

/**
 * Refuses, in production, a secret that can be guessed: made of one pattern or of words, or the same as another one. The
 * value is in no message. What a generator makes (hexadecimal, base64, UUIDs) always passes.
 *
 * @throws ConfigurationError
 */
export function refuseWeakSecrets(
  names: readonly SecretVariable[],
  environment: NodeJS.ProcessEnv,
): void {
  if (runMode(environment) !== 'production') return;
  const reasons = names.flatMap((name) => {
    const secret = valueOf(name, environment);
    const reason = secret && weaknessOf(name, secret, environment);
    return reason ? [`${name} ${reason}`] : [];
  });
  if (reasons.length === 0) return;
  throw new ConfigurationError(
    `Invalid configuration: ${reasons.join('; ')}; generate one with: openssl rand -base64 48`,
  );
}

/** From the variable or from its file; what is around it makes it no better. */
function valueOf(name: SecretVariable, environment: NodeJS.ProcessEnv): string | undefined {
  return environmentValue(name, { isSecret: true, isKey: true }, environment)?.trim();
}

function weaknessOf(
  name: SecretVariable,
  secret: string,
  environment: NodeJS.ProcessEnv,
): string | undefined {
  if (secret.startsWith(DEVELOPMENT_PREFIX)) return 'is a development secret';
  const same = SECRET_VARIABLES.find(
    (other) => other !== name && valueOf(other, environment) === secret,
  );
  if (same) return `is the same as ${same}`;
  return isGuessable(secret) ? 'is easy to guess' : undefined;
}

/** Whether a text of 32 characters or more has less in it than that. */
export function isGuessable(secret: string): boolean {
  return (
    PLACEHOLDER.test(secret) ||
    bitsOf(secret) < LEAST_BITS ||
    isRepetition(secret) ||
    shareOfRuns(secret) >= MAX_SHARE_IN_RUNS ||
    isMadeOfWords(secret)
  );
}

function bitsOf(secret: string): number {
  const counts = new Map<string, number>();
  for (const character of secret) counts.set(character, (counts.get(character) ?? 0) + 1);
  const length = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...counts.values()].reduce((bits, count) => bits - count * Math.log2(count / length), 0);
}

/** Whether it is one part, again and again: then it is found in its own double before its end. */
function isRepetition(secret: string): boolean {
  for (let period = 1; period <= secret.length / 2; period += 1) {
    if (secret.startsWith(secret.slice(period))) return true;
  }
  return false;
}

function shareOfRuns(secret: string): number {
  const codes = Array.from(secret, (character) => character.codePointAt(0)!);
  const steps = codes.slice(1).map((code, index) => Math.abs(code - codes[index]!));
  return steps.filter((step) => step <= 1).length / steps.length;
}

function isMadeOfWords(secret: string): boolean {
  const written = secret.toLowerCase();
  const letters = written.replaceAll(NO_LETTER, '');
  const spelled = written.replaceAll(/[013457@$]/g, (sign) => LETTER_OF.get(sign)!);
  return (
    letters.replaceAll(WORDS, '').length < LEAST_WITHOUT_WORDS ||
    spelled.replaceAll(NO_LETTER, '').replaceAll(LONG_WORDS, '').length < LEAST_WITHOUT_WORDS
  );
}
