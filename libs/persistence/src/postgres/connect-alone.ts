import type pg from 'pg';

/**
 * A connection of its own to PostgreSQL, past pool and ORM, for work that takes one transaction and long. Its caller
 * ends it, and runs what it asks `withoutBound`. An embedded gateway never loads the driver.
 */
export async function connectAlone(url: string): Promise<pg.Client> {
  const { databaseServer } = await import('./database-url.js');
  const { PatientClient } = await import('./patient-pool.js');
  const { client: options, mustBindChannel } = databaseServer(url);
  const client = new PatientClient({ ...options, mustBindChannel });
  // A connection that breaks fails the statement that waits for it; there is no more to be said about it.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
