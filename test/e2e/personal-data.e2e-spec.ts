import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createGateway } from '../../apps/gateway/src/create-gateway.js';
import { PersonalDataSources } from '../../libs/privacy/src/index.js';
import { IMPERSONAL, tablesOf } from '../attack/auth/traces.ts';
import { freshStorage, type Gateway, query } from './gateway.ts';

/** Columns that say whose a row is. */
const OWNERS = ['account_id', 'owner_id', 'actor_id', 'user_id'];

// What is kept of people, against who answers for it.
let app: NestFastifyApplication;
let stored: Pick<Gateway, 'environment'>;
let declared: string[];
beforeAll(async () => {
  const environment = await freshStorage();
  stored = { environment };
  Object.assign(process.env, { NODE_ENV: 'test', ...environment });
  app = await createGateway({ destination: { write: () => undefined } });
  await app.init();
  const sources = app.get<PersonalDataSources>(PersonalDataSources, { strict: false });
  declared = [...sources.values()].flatMap(({ tables }) => tables);
});
afterAll(() => app.close());

describe('every table', () => {
  it('has a source that exports and erases it, or has nothing of anybody', async () => {
    expect([...declared, ...IMPERSONAL].sort()).toEqual(await tablesOf(stored));
  });

  it('that says whose its rows are has a source', async () => {
    const owned: string[] = [];
    for (const table of await tablesOf(stored)) {
      const columns = await query(
        stored,
        stored.environment.DATABASE_URL
          ? `select column_name as name from information_schema.columns where table_name = '${table}'`
          : `select name from pragma_table_info('${table}')`,
      );
      if (columns.some(({ name }) => OWNERS.includes(name as string))) owned.push(table);
    }
    expect(owned.length).toBeGreaterThan(8);
    const unanswered = owned.filter((table) => !declared.includes(table));
    expect(unanswered).toEqual(['erasures']);
  });
});
