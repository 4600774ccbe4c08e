import { integerVariable, parseEnvironment } from '@app/config';
import { registerAs } from '@nestjs/config';

export interface StreamsConfig {
  /** Most streams of one account that one process keeps open. @default 8 */
  readonly mostPerAccount: number;
}

export const streamsConfig = registerAs('streams', (): StreamsConfig => {
  const variables = parseEnvironment<{ STREAMS_PER_USER: number }>(
    {
      STREAMS_PER_USER: integerVariable(8, { min: 1, max: 10_000 }).describe(
        'Most event streams that one user may have open on one process.',
      ),
    },
    process.env,
  );
  return { mostPerAccount: variables.STREAMS_PER_USER };
});
