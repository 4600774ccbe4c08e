import { booleanVariable, parseEnvironment, runMode } from '@app/config';
import { registerAs } from '@nestjs/config';

export interface OpenApiConfig {
  /** Whether `/docs` is served. @default outside production only */
  readonly isServed: boolean;
}

export const openApiConfig = registerAs('openapi', (): OpenApiConfig => {
  const { DOCS_ENABLED } = parseEnvironment<{ DOCS_ENABLED: boolean }>(
    {
      DOCS_ENABLED: booleanVariable(runMode(process.env) !== 'production')
        .describe('Whether /docs shows the API reference.')
        .meta({ unset: 'only outside production' }),
    },
    process.env,
  );
  return { isServed: DOCS_ENABLED };
});
