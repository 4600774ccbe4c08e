import Joi from 'joi';
import { ConfigurationError } from './configuration.error.js';
import { recordVariables } from './describe-variables.js';
import { environmentValue } from './environment-value.js';
import { kindOf } from './variable-kind.js';

/**
 * Reads the variables that `schema` names, converts and bounds them, and fails with one line that names
 * every bad variable. The value itself never appears in the message: it may be a secret.
 *
 * @throws ConfigurationError
 */
export function parseEnvironment<T>(
  schema: { [K in keyof T]-?: Joi.Schema },
  environment: NodeJS.ProcessEnv,
): T {
  recordVariables(schema);
  const given = Object.fromEntries(
    Object.entries<Joi.Schema>(schema)
      .map(([name, kind]) => [name, environmentValue(name, kindOf(kind), environment)])
      .filter(([, value]) => value !== undefined),
  ) as unknown;
  const { value, error } = Joi.object<T>(schema as Joi.SchemaMap<T>).validate(given, {
    abortEarly: false,
    errors: { wrap: { label: false } },
  });
  if (error) {
    const reasons = error.details.map((detail) => withoutValue(detail)).join('; ');
    throw new ConfigurationError(`Invalid configuration: ${reasons}`);
  }
  return value as T;
}

/** Joi puts the offending value into the messages of `any.only` and patterns; both are replaced by what is expected. */
function withoutValue(detail: Joi.ValidationErrorItem): string {
  if (detail.type === 'string.pattern.base' || detail.type === 'string.pattern.name') {
    const expected = String(detail.context?.name ?? detail.context?.regex);
    return `${detail.path.join('.')} must be ${expected}`;
  }
  if (detail.type === 'any.custom') {
    return `${detail.path.join('.')} ${(detail.context?.error as Error | undefined)?.message ?? 'is invalid'}`;
  }
  return detail.message;
}
