/** How strict the process is: `production` refuses generated secrets and hides every detail of an error. */
export type RunMode = 'production' | 'development' | 'test';

/**
 * An unset `NODE_ENV` is development, so that `npm start` works. Any value that is not known is production, and so is
 * an empty one: where a deployment passes the variable on, a mistake must not open what production closes.
 */
export function runMode(environment: NodeJS.ProcessEnv): RunMode {
  const mode = environment.NODE_ENV?.trim() ?? 'development';
  return mode === 'development' || mode === 'test' ? mode : 'production';
}
