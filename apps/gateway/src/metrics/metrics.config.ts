import { parseEnvironment, portVariable, secretVariable } from '@app/config';
import { registerAs } from '@nestjs/config';

export interface MetricsConfig {
  /** What opens `/metrics` beside the API. @default it is closed there */
  readonly token: string | undefined;
  /** Where `/metrics` is served alone and without a token. @default nowhere */
  readonly port: number | undefined;
}

/** As long as what is drawn at random has to be. Bytes. */
const SHORTEST_TOKEN = 24;

export const metricsConfig = registerAs('metrics', (): MetricsConfig => {
  const { METRICS_TOKEN, METRICS_PORT } = parseEnvironment<{
    METRICS_TOKEN?: string;
    METRICS_PORT: number;
  }>(
    {
      METRICS_TOKEN: secretVariable({ shortest: SHORTEST_TOKEN })
        .optional()
        .describe(
          'Token for /metrics. If neither this nor METRICS_PORT is set, /metrics is disabled.',
        ),
      METRICS_PORT: portVariable(0).describe(
        'Port that serves only /metrics, without a token: for an internal network. 0: none.',
      ),
    },
    process.env,
  );
  return { token: METRICS_TOKEN, port: METRICS_PORT || undefined };
});
