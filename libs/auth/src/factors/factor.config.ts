import { durationOf, durationVariable, integerVariable, parseEnvironment } from '@app/config';
import { type Limit, limitOf, limitVariable } from '@app/security';
import { registerAs } from '@nestjs/config';

export interface FactorConfig {
  /** How long a proof of a credential allows sensitive calls. Milliseconds. @default 10 minutes */
  readonly stepUpWindow: number;
  /** The consecutive failures after which unknown devices are locked out. @default 5 */
  readonly lockoutAfter: number;
  /**
   * The most accounts on which one client address, and all addresses together, may fail. @default 20 and 500 in 15
   * minutes
   */
  readonly spraying: { readonly perAddress: Limit; readonly inAll: Limit };
}

interface Variables {
  STEP_UP_WINDOW: string;
  LOCKOUT_AFTER: number;
  SPRAY_ADDRESS: string;
  SPRAY_ALL: string;
}

export const factorConfig = registerAs('factor', (): FactorConfig => {
  const variables = parseEnvironment<Variables>(
    {
      STEP_UP_WINDOW: durationVariable('10m', { min: '1m', max: '1h' }).describe(
        'How long sensitive calls are allowed after a credential was proved.',
      ),
      LOCKOUT_AFTER: integerVariable(5, { min: 3, max: 100 }).describe(
        'Failures in a row after which unknown devices are locked out of an account for 30 seconds, then twice as long each time.',
      ),
      SPRAY_ADDRESS: limitVariable('20/15m').describe(
        'Accounts on which one client address may fail to sign in.',
      ),
      SPRAY_ALL: limitVariable('500/15m').describe(
        'Pairs of account and address with failed sign-ins, after which the limits of password spraying are tightened.',
      ),
    },
    process.env,
  );
  return {
    stepUpWindow: durationOf(variables.STEP_UP_WINDOW),
    lockoutAfter: variables.LOCKOUT_AFTER,
    spraying: {
      perAddress: limitOf(variables.SPRAY_ADDRESS),
      inAll: limitOf(variables.SPRAY_ALL),
    },
  };
});
