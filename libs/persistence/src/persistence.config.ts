import { parseEnvironment } from '@app/config';
import { registerAs } from '@nestjs/config';
import Joi from 'joi';
import { resolve } from 'node:path';

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
      DATA_DIR: Joi.string().default('./data'),
      DATABASE_URL: Joi.string().uri({ scheme: ['postgres', 'postgresql'] }),
      DATABASE_POOL_SIZE: Joi.number().integer().min(2).max(200).default(10),
    },
    process.env,
  );
  return {
    dataDir: resolve(environment.DATA_DIR),
    databaseUrl: environment.DATABASE_URL,
    poolSize: environment.DATABASE_POOL_SIZE,
  };
});
