import { durationOf, durationVariable, parseEnvironment } from '@app/config';
import { registerAs } from '@nestjs/config';

export interface EventsConfig {
  /** How long a security event is kept after its last finding. Milliseconds. @default 90 days */
  readonly retention: number;
}

interface Variables {
  EVENT_RETENTION: string;
}

export const eventsConfig = registerAs('events', (): EventsConfig => {
  const variables = parseEnvironment<Variables>(
    {
      EVENT_RETENTION: durationVariable('90d', { min: '1d', max: '731d' }).describe(
        'How long a security event is kept after its last finding.',
      ),
    },
    process.env,
  );
  return { retention: durationOf(variables.EVENT_RETENTION) };
});
