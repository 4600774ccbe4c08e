import { expectRaised, named } from './alerts/cause.ts';
import { DATABASE_CAUSES, DatabaseStage } from './alerts/database-causes.ts';

/** Each of the others: `test/docs/alerts.e2e-spec.ts`. */
describe.runIf(process.env.E2E_DATABASE_URL)('an alert about PostgreSQL', () => {
  const stage = new DatabaseStage();

  beforeAll(() => stage.start());
  afterAll(() => stage.close());

  it.each(named(DATABASE_CAUSES))('$alert is raised once $what', ({ alert, ...cause }) =>
    expectRaised(stage, alert, cause),
  );
});
