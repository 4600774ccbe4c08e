import {
  booleanVariable,
  integerVariable,
  keyVariable,
  parseEnvironment,
  refuseWeakSecrets,
  runMode,
  splitList,
  textVariable,
} from '@app/config';
import { registerAs } from '@nestjs/config';
import { resolve } from 'node:path';
import { developmentSecrets } from './development-secrets.js';
import { PASSWORD_LENGTH } from './password-length.js';

export interface CredentialsConfig {
  /** Keys the password hashes: without it a stolen database does not allow offline guessing. */
  readonly passwordPepper: string;
  /** The shortest password. Characters. @default 8 */
  readonly minLength: number;
  /**
   * Whether upper case, lower case, digits and other characters are all required. @default false, as ASVS 5.0 (6.2.5)
   * and NIST SP 800-63B-4 (§3.1.1.2) require
   */
  readonly isComplex: boolean;
  /** The least zxcvbn score of a password, 1 to 4. @default 2 */
  readonly minScore: number;
  /** Words related to this deployment, such as names of the product and the company. */
  readonly contextWords: readonly string[];
  /**
   * The work factor of bcrypt: 2 to its power rounds. ASVS 5.0 (appendix C) approves 10 and more. @default 10.
   * The least is 10, and 4 where the mode is `test`: suites hash hundreds of passwords.
   */
  readonly cost: number;
}

interface Variables {
  PASSWORD_PEPPER?: string;
  DATA_DIR: string;
  PASSWORD_MIN_LENGTH: number;
  PASSWORD_COMPLEXITY: boolean;
  PASSWORD_MIN_SCORE: number;
  PASSWORD_CONTEXT_WORDS: string;
  PASSWORD_COST: number;
}

/** The product's names, which are always included. */
const OWN_WORDS = ['gateway', 'mcp gateway', 'mcp-gateway', 'mcp phone'];

const secret = keyVariable({ shortest: 32 });

export const credentialsConfig = registerAs('credentials', (): CredentialsConfig => {
  const leastCost = runMode(process.env) === 'test' ? 4 : 10;
  const variables = parseEnvironment<Variables>(
    {
      PASSWORD_PEPPER: (runMode(process.env) === 'production' ? secret : secret.optional())
        .describe('Keys the password hashes. At least 32 bytes. Never change it.')
        .meta({ unset: 'generated outside production' }),
      DATA_DIR: textVariable().default('./data'),
      PASSWORD_MIN_LENGTH: integerVariable(8, { min: PASSWORD_LENGTH.min, max: 64 }).describe(
        'Shortest password. Characters.',
      ),
      PASSWORD_COMPLEXITY: booleanVariable(false).describe(
        'Whether a password needs an upper case letter, a lower case letter, a digit and another character.',
      ),
      PASSWORD_MIN_SCORE: integerVariable(2, { min: 1, max: 4 }).describe(
        'The least strength of a password, as zxcvbn estimates it.',
      ),
      PASSWORD_CONTEXT_WORDS: textVariable({ longest: 1_000 })
        .default('')
        .describe(
          'Words that add no strength to a password, in addition to the names of the product, separated by commas.',
        )
        .meta({ unset: 'none' }),
      PASSWORD_COST: integerVariable(10, { min: leastCost, max: 15 }).describe(
        'Work factor of bcrypt; set it higher where the hardware allows. A hash of a lower cost is replaced at the next sign-in.',
      ),
    },
    process.env,
  );
  refuseWeakSecrets(['PASSWORD_PEPPER'], process.env);
  const { PASSWORD_PEPPER, DATA_DIR } = variables;
  return {
    passwordPepper: PASSWORD_PEPPER ?? developmentSecrets(resolve(DATA_DIR)).passwordPepper,
    minLength: variables.PASSWORD_MIN_LENGTH,
    isComplex: variables.PASSWORD_COMPLEXITY,
    minScore: variables.PASSWORD_MIN_SCORE,
    contextWords: [...OWN_WORDS, ...splitList(variables.PASSWORD_CONTEXT_WORDS)],
    cost: variables.PASSWORD_COST,
  };
});
