import { CAUSES } from '../e2e/alerts/alert-causes.ts';
import { AlertStage } from '../e2e/alerts/alert-stage.ts';
import { expectRaised, named } from '../e2e/alerts/cause.ts';
import { DATABASE_CAUSES } from '../e2e/alerts/database-causes.ts';
import { ALERTS } from '../e2e/promtool.ts';

describe('an alert', () => {
  const stage = new AlertStage();

  beforeAll(async () => {
    await stage.start();
    // It has been slow when it is the turn of its alert.
    await stage.slowMessages.ask(stage.gateway, 'slow', 3);
  });
  afterAll(() => stage.close());

  it.each(named(CAUSES))('$alert is raised once $what', ({ alert, ...cause }) =>
    expectRaised(stage, alert, cause),
  );

  it('has a cause, whichever it is', () => {
    const caused = new Set([...Object.keys(CAUSES), ...Object.keys(DATABASE_CAUSES)]);
    expect(caused).toEqual(new Set(ALERTS));
  });
});
