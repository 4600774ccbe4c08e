import { parseEnvironment, runMode } from '@app/config';
import { registerAs } from '@nestjs/config';
import Joi from 'joi';

export interface OpenApiConfig {
  /** Whether `/docs` is served. @default outside production only */
  readonly isServed: boolean;
}

export const openApiConfig = registerAs('openapi', (): OpenApiConfig => {
  const { DOCS_ENABLED } = parseEnvironment<{ DOCS_ENABLED: boolean }>(
    { DOCS_ENABLED: Joi.boolean().default(runMode(process.env) !== 'production') },
    process.env,
  );
  return { isServed: DOCS_ENABLED };
});
