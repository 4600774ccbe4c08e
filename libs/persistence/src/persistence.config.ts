import { integerVariable, parsedSecretVariable, parseEnvironment, textVariable } from '@app/config';
import { registerAs } from '@nestjs/config';
import { resolve } from 'node:path';
import { databaseServer } from './postgres/database-url.js';

export interface PersistenceConfig {
  /** Absolute folder of everything the embedded set-up keeps. @default ./data */
  readonly dataDir: string;
  /** `postgres://…`; absent means the embedded SQLite database in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** Most connections to PostgreSQL this process opens. @default 10 */
  readonly poolSize: number;
}

export const persistenceConfig = registerAs('persistence', (): PersistenceConfig => {
  const environment = parseEnvironment<{
    DATA_DIR: string;
    DATABASE_URL?: string;
    DATABASE_POOL_SIZE: number;
  }>(
    {
      DATA_DIR: textVariable()
        .default('./data')
        .describe(
          'Folder of the SQLite database, the files of users, and mails that are not sent.',
        ),
      DATABASE_URL: parsedSecretVariable((url) => {
        databaseServer(url);
        return url;
      })
        .optional()
        .describe('postgres://user:password@host:5432/database.')
        .meta({ unset: 'SQLite in DATA_DIR' }),
      DATABASE_POOL_SIZE: integerVariable(10, { min: 2, max: 200 }).describe(
        'Most connections to PostgreSQL of one process.',
      ),
    },
    process.env,
  );
  return {
    dataDir: resolve(environment.DATA_DIR),
    databaseUrl: environment.DATABASE_URL,
    poolSize: environment.DATABASE_POOL_SIZE,
  };
});
