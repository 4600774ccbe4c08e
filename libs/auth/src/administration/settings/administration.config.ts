import { durationOf, durationVariable, parsedVariable, parseEnvironment } from '@app/config';
import { registerAs } from '@nestjs/config';
import { FOUR_EYES_ACTS, type FourEyesAct, parseFourEyes } from './four-eyes-act.js';

export interface AdministrationConfig {
  /** How long after its last confirmation a role has to be confirmed again. Milliseconds. @default 90 days */
  readonly roleReviewInterval: number;
  /** What one administrator asks for and another one confirms. @default nothing */
  readonly fourEyes: readonly FourEyesAct[];
}

interface Variables {
  ROLE_REVIEW_INTERVAL: string;
  FOUR_EYES: readonly FourEyesAct[];
}

export const administrationConfig = registerAs('administration', (): AdministrationConfig => {
  const variables = parseEnvironment<Variables>(
    {
      ROLE_REVIEW_INTERVAL: durationVariable('90d', { min: '1d', max: '400d' }).describe(
        'How often each role other than user must be confirmed; `roles list` shows which are due.',
      ),
      FOUR_EYES: parsedVariable(parseFourEyes)
        .default([])
        .describe('Which actions need a second administrator: none, all, or a list.')
        .meta({ unset: '`off`', range: `off, on, or a list of ${FOUR_EYES_ACTS.join(', ')}` }),
    },
    process.env,
  );
  return {
    roleReviewInterval: durationOf(variables.ROLE_REVIEW_INTERVAL),
    fourEyes: variables.FOUR_EYES,
  };
});
