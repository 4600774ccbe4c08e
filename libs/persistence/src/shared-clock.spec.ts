import type { SqlEntityManager } from '@mikro-orm/sql';
import { sharedMoment } from './shared-clock.js';
import { EmbeddedTestDatabase } from './testing/embedded-test-database.js';

describe('a moment by the shared clock, on SQLite', () => {
  let database: EmbeddedTestDatabase;
  let em: SqlEntityManager;

  beforeAll(async () => {
    database = await EmbeddedTestDatabase.open();
    ({ em } = database);
    await em.execute('create table moments (at integer)');
  });
  afterAll(() => database.close());

  it('is that of the process, and of whole milliseconds', async () => {
    const { sql, values } = sharedMoment(em, -60_000.5);
    const before = Date.now();
    const [row] = await em.execute<{ at: number }[]>(`select ${sql} as at`, [...values]);
    expect(row!.at).toBeGreaterThanOrEqual(before - 60_001);
    expect(row!.at).toBeLessThanOrEqual(Date.now() - 60_000);
    expect(row!.at).toBe(Math.trunc(row!.at));
  });

  it('is the one at which a statement has its turn, not at which it was asked', async () => {
    const { sql, values } = sharedMoment(em);
    const [asked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const holding = em.transactional(async (inside) => {
      await inside.execute('delete from moments', [], 'run');
      asked.resolve();
      await held.promise;
    });
    await asked.promise;
    const waiting = em.fork().execute(`insert into moments values (${sql})`, [...values], 'run');
    const until = Date.now() + 50;
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(until), { interval: 5 });
    held.resolve();
    await Promise.all([holding, waiting]);
    const [row] = await em.execute<{ at: number }[]>('select at from moments');
    expect(row!.at).toBeGreaterThanOrEqual(until);
  });
});
