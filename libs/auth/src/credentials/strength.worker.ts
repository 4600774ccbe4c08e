import { type MatchExtended, ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { dictionary as english, translations } from '@zxcvbn-ts/language-en';
import { setPriority } from 'node:os';
import { isMainThread } from 'node:worker_threads';

export interface StrengthTask {
  readonly password: string;
  /** What is known of the person and the product. */
  readonly words: readonly string[];
}

export interface Strength {
  /** 0 (guessed at once) to 4. */
  readonly score: number;
  /** What makes it easy to guess, as the end of a sentence about the password; empty if nothing stands out. */
  readonly weakness: string;
}

/** A part of a password, as it is guessed; `rank` is its place in a list. */
type Part = Pick<MatchExtended, 'token'> & Partial<Pick<MatchExtended, 'dictionaryName' | 'rank'>>;

/**
 * How much of a password is looked at: the time of an estimate grows with the square of its length, and what is weak
 * in so many characters is not made strong by more of them. Characters.
 */
const LOOKED_AT = 64;

/**
 * A password that is one of that many most common ones, with something added to it, is as good as what was added. Of
 * several such words together the estimate is right. Ranks of zxcvbn's list.
 */
const MOST_COMMON = 1_000;

/** How many readings of `p@ssw0rd` and the like are tried; with the usual hundred, an estimate takes eight times as long. */
const MOST_SUBSTITUTIONS = 10;

if (process.platform === 'linux' && !isMainThread) setPriority(10);

const zxcvbn = new ZxcvbnFactory({
  dictionary: { ...dictionary, ...english },
  graphs: adjacencyGraphs,
  translations,
  l33tMaxSubstitutions: MOST_SUBSTITUTIONS,
});

/** The estimate takes up to some tenths of a second for texts made for that: it runs on a thread of its own. */
export default function estimate({ password, words }: StrengthTask): Strength {
  const beginning = Array.from(password).slice(0, LOOKED_AT).join('');
  const { score, feedback, sequence } = zxcvbn.check(beginning, [...words]);
  const parts: readonly Part[] = sequence;
  if (parts.length === 1 && isCommon(parts[0]!)) {
    return { score: 0, weakness: 'is among the most common passwords and would be guessed first' };
  }
  const isName = ({ dictionaryName }: Part) => dictionaryName === 'userInputs';
  if (parts.some(isName)) {
    const rest = scoreWithout(parts.filter(isName), parts, words);
    return {
      score: Math.min(score, rest),
      weakness:
        'is built from your name or the name of this service: what is added to it is easy to guess',
    };
  }
  const common = parts.filter((part) => isCommon(part) && (part.rank ?? Infinity) <= MOST_COMMON);
  if (common.length === 1) {
    const rest = scoreWithout(common, parts, words);
    if (rest < score) {
      return {
        score: rest,
        weakness: 'is one of the most common passwords, with something added that is easy to guess',
      };
    }
  }
  return { score, weakness: feedback.warning ? `is easy to guess: ${feedback.warning}` : '' };
}

function isCommon({ dictionaryName }: Part): boolean {
  return dictionaryName?.startsWith('passwords') ?? false;
}

/** What the parts of a password are worth without those that a guesser begins with. */
function scoreWithout(known: readonly Part[], parts: readonly Part[], words: readonly string[]) {
  const rest = parts.filter((part) => !known.includes(part)).map(({ token }) => token);
  return zxcvbn.check(rest.join('').trim(), [...words]).score;
}
