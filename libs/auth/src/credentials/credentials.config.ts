import { parseEnvironment } from '@app/config';
import { registerAs } from '@nestjs/config';
import Joi from 'joi';
import { PASSWORD_LENGTH } from './password-length.js';

export interface CredentialsConfig {
  /** The shortest password. Characters. @default 8 */
  readonly minLength: number;
  /**
   * Whether upper case, lower case, digits and other characters must all be there. @default false, as ASVS 5.0
   * (6.2.5) and NIST SP 800-63B-4 (§3.1.1.2) want it
   */
  readonly isComplex: boolean;
  /** How hard a password must be to guess, as zxcvbn estimates it, 1 to 4. @default 2 */
  readonly minScore: number;
  /** Words that a guesser would try here: names of the product and the company. */
  readonly contextWords: readonly string[];
  /**
   * The work factor of bcrypt: 2 to its power rounds. ASVS 5.0 (appendix C) approves 10 and more. @default 12
   */
  readonly cost: number;
}

interface Variables {
  PASSWORD_MIN_LENGTH: number;
  PASSWORD_COMPLEXITY: boolean;
  PASSWORD_MIN_SCORE: number;
  PASSWORD_CONTEXT_WORDS: string;
  PASSWORD_COST: number;
}

/** The product's own names are always among them. */
const OWN_WORDS = ['gateway', 'mcp gateway', 'mcp-gateway', 'mcp phone'];

export const credentialsConfig = registerAs('credentials', (): CredentialsConfig => {
  const variables = parseEnvironment<Variables>(
    {
      PASSWORD_MIN_LENGTH: Joi.number().integer().min(PASSWORD_LENGTH.min).max(64).default(8),
      PASSWORD_COMPLEXITY: Joi.boolean().default(false),
      PASSWORD_MIN_SCORE: Joi.number().integer().min(1).max(4).default(2),
      PASSWORD_CONTEXT_WORDS: Joi.string().max(1000).default(''),
      PASSWORD_COST: Joi.number().integer().min(10).max(15).default(12),
    },
    process.env,
  );
  const words = variables.PASSWORD_CONTEXT_WORDS.split(',').map((word) => word.trim());
  return {
    minLength: variables.PASSWORD_MIN_LENGTH,
    isComplex: variables.PASSWORD_COMPLEXITY,
    minScore: variables.PASSWORD_MIN_SCORE,
    contextWords: [...OWN_WORDS, ...words.filter((word) => word !== '')],
    cost: variables.PASSWORD_COST,
  };
});
