import { ConfigurationError } from './configuration.error.js';
import { recordVariables } from './describe-variables.js';
import { environmentValue } from './environment-value.js';
import { kindOf } from './variable-kind.js';
import type { Variable } from './variables.js';

/**
 * Reads the variables that `schema` names, converts and bounds them, and fails with one line that names
 * every bad variable. The value itself never appears in the message: it may be a secret.
 *
 * @throws ConfigurationError
 */
export function parseEnvironment<T>(
  schema: { [K in keyof T]-?: Variable },
  environment: NodeJS.ProcessEnv,
): T {
  recordVariables(schema);
  const values: Record<string, unknown> = {};
  const reasons: string[] = [];
  for (const [name, variable] of Object.entries<Variable>(schema)) {
    const text = environmentValue(name, kindOf(variable), environment);
    const { success, data, error } = variable.safeParse(text);
    if (success) values[name] = data;
    else reasons.push(`${name} ${text === undefined ? 'is required' : error.issues[0]!.message}`);
  }
  if (reasons.length > 0) {
    throw new ConfigurationError(`Invalid configuration: ${reasons.join('; ')}`);
  }
  return values as T;
}
