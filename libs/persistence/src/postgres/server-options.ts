import type { Options } from '@mikro-orm/core';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { callbackify } from 'node:util';
import pg from 'pg';
import type { DatabaseServer } from './database-url.js';
import { ANSWER_WAIT_MS, PatientClient, patientPool } from './patient-pool.js';
import { measurePool } from './pool-metrics.js';

/** What the server is told to keep, so that it stops by itself what is not waited for any more. */
const SERVER_LIMITS: pg.ClientConfig = { statement_timeout: ANSWER_WAIT_MS };

/** The options of the ORM for a server of PostgreSQL. */
export async function serverOptions(
  server: DatabaseServer,
  poolSize: number,
): Promise<Partial<Options>> {
  const limits = await acceptedLimits(server.client);
  return {
    driver: PostgreSqlDriver,
    dbName: server.database,
    pool: { min: 0, max: poolSize },
    driverOptions: {
      Client: PatientClient,
      // Past the ORM, which takes a URL apart by itself and drops what it does not know.
      onPoolCreated: (pool: pg.Pool) => {
        Object.assign(pool.options, {
          connectionTimeoutMillis: ANSWER_WAIT_MS,
          host: undefined,
          port: undefined,
          user: undefined,
          password: undefined,
          ...limits,
          ...server.client,
          mustBindChannel: server.mustBindChannel,
          ...(server.mustBeWritable ? { verify: callbackify(assertWritable) } : {}),
        });
        patientPool(pool);
        measurePool(pool);
      },
    },
  } as Partial<Options>;
}

/**
 * A pooler in between, such as PgBouncer, refuses settings at the start of a connection, as connections are not its
 * clients' own. Without them a statement is given up all the same; only the server may go on with it.
 */
async function acceptedLimits(client: pg.ClientConfig): Promise<pg.ClientConfig> {
  const probe = new pg.Client({
    connectionTimeoutMillis: ANSWER_WAIT_MS,
    ...SERVER_LIMITS,
    ...client,
  });
  probe.on('error', () => undefined);
  try {
    await probe.connect();
    return SERVER_LIMITS;
  } catch (error) {
    // Anything else is met again, and reported, by the first who needs the database.
    const isRefused = /unsupported startup parameter/.test((error as Error).message);
    return isRefused ? {} : SERVER_LIMITS;
  } finally {
    probe.end().catch(() => undefined);
  }
}

async function assertWritable(client: pg.PoolClient): Promise<void> {
  const asked = client.query<{ transaction_read_only: string }>('show transaction_read_only');
  const [answer] = (await asked).rows;
  if (answer?.transaction_read_only !== 'off') throw new Error('the server only reads');
}
