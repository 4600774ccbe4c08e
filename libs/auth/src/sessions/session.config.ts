import { durationOf, durationVariable, parseEnvironment } from '@app/config';
import { registerAs } from '@nestjs/config';

/** Durations in milliseconds. */
export interface SessionConfig {
  /** How long a session lasts without use. @default 30 days */
  readonly idle: number;
  /** How long a session lasts regardless of use. @default 90 days */
  readonly lifetime: number;
  /**
   * How long a used refresh token can be retried for its unused successor. Longer than the request timeout of the app.
   * @default 60 seconds
   */
  readonly refreshGrace: number;
}

interface Variables {
  SESSION_IDLE: string;
  SESSION_LIFETIME: string;
  REFRESH_GRACE: string;
}

export const sessionConfig = registerAs('session', (): SessionConfig => {
  const variables = parseEnvironment<Variables>(
    {
      SESSION_IDLE: durationVariable('30d', { min: '5m', max: '90d' }).describe(
        'How long a session lasts if it is not used.',
      ),
      SESSION_LIFETIME: durationVariable('90d', { min: '1h', max: '400d' }).describe(
        'The longest time that a session lasts, even if it is used.',
      ),
      REFRESH_GRACE: durationVariable('60s', { min: '0s', max: '10m' }).describe(
        'How long a used refresh token is answered with its successor. For a phone that proves its key: SESSION_IDLE.',
      ),
    },
    process.env,
  );
  return {
    idle: durationOf(variables.SESSION_IDLE),
    lifetime: durationOf(variables.SESSION_LIFETIME),
    refreshGrace: durationOf(variables.REFRESH_GRACE),
  };
});
