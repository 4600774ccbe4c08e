/** How strict the process is: `production` refuses generated secrets and hides every detail of an error. */
export type RunMode = 'production' | 'development' | 'test';

/** An unset `NODE_ENV` is development, so that `npm start` works; any other value that is not known is production. */
export function runMode(environment: NodeJS.ProcessEnv): RunMode {
  const mode = environment.NODE_ENV ?? 'development';
  return mode === 'development' || mode === 'test' ? mode : 'production';
}
