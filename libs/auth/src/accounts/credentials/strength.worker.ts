import { type MatchExtended, ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { dictionary as english, translations } from '@zxcvbn-ts/language-en';
import { setPriority } from 'node:os';
import { isMainThread } from 'node:worker_threads';

export interface StrengthTask {
  readonly password: string;
  /** Words related to the account and the product. */
  readonly words: readonly string[];
}

export interface Strength {
  /** 0 (weakest) to 4. */
  readonly score: number;
  /**
   * The reason why it is easy to guess, as the end of a sentence about the password; empty if there is no particular
   * one.
   */
  readonly weakness: string;
}

/** A part of a password as zxcvbn matched it; `rank` is its place in a dictionary. */
type Part = Pick<MatchExtended, 'token'> & Partial<Pick<MatchExtended, 'dictionaryName' | 'rank'>>;

/**
 * The part of a password that is estimated: the time grows with the square of the length, and a password that is weak
 * in its first 64 characters counts as weak. Characters.
 */
const LOOKED_AT = 64;

/**
 * One of this many most common passwords with an addition is scored by the addition alone. For several such words
 * together zxcvbn's estimate is used. Ranks of zxcvbn's list.
 */
const MOST_COMMON = 1_000;

/** How many l33t readings of a text like `p@ssw0rd` are tried; the default of 100 takes eight times as long. */
const MOST_SUBSTITUTIONS = 10;

if (process.platform === 'linux' && !isMainThread) setPriority(10);

const zxcvbn = new ZxcvbnFactory({
  dictionary: { ...dictionary, ...english },
  graphs: adjacencyGraphs,
  translations,
  l33tMaxSubstitutions: MOST_SUBSTITUTIONS,
});

/** Runs on a worker thread: a crafted text can take some tenths of a second. */
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

/** The score of a password without the given parts. */
function scoreWithout(known: readonly Part[], parts: readonly Part[], words: readonly string[]) {
  const rest = parts.filter((part) => !known.includes(part)).map(({ token }) => token);
  return zxcvbn.check(rest.join('').trim(), [...words]).score;
}
