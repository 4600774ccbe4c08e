import { ALERTS, expectAlerts } from '../promtool.ts';
import type { Scrape } from './scrape.ts';
import { Timeline } from './timeline.ts';

/** A gateway with all that it depends on. */
export interface Stage {
  scrape(): Promise<Scrape>;
  /** What people do all day, a little of each. */
  use(): Promise<void>;
}

/** Why an alert is raised. The gateway is scraped after each round. */
export interface Cause<On extends Stage> {
  readonly what: string;
  /** Before the first scrape. */
  prepare?(stage: On): Promise<unknown>;
  /** Whether it is over, or has not begun, where the machine alone can look like the cause for a moment. */
  isCalm?(scraped: Scrape): boolean;
  /** Makes it happen, or makes it happen once more. */
  round(stage: On): Promise<unknown>;
  /** Has it end. */
  end?(stage: On): Promise<unknown>;
  /** @default 3 */
  readonly rounds?: number;
  /** How long a round lasts in the time of the rules, and each of two scrapes afterwards. Minutes. @default 5 and 20 */
  readonly minutes?: number;
  readonly minutesAfter?: number;
  /** How long it lasts from the first scrape before the cause to the second one. @default as long as the cause */
  readonly minutesBefore?: number;
}

export type Causes<On extends Stage> = Readonly<Record<string, Cause<On>>>;

/** For what comes at once; how long a busy machine takes for it is no test's subject. */
export const SOON = { timeout: 20_000 };

/** For what a cause needs: a test that fails names the alert. */
export function assertStatus({ status }: { readonly status: number }, expected: number): void {
  if (status !== expected) throw new Error(`answered with ${status} instead of ${expected}`);
}

/** For the titles of tests. */
export function named<On extends Stage>(causes: Causes<On>) {
  return Object.entries(causes).map(([alert, cause]) => ({ alert, ...cause }));
}

/** How fast the machine of the tests is, and how busy, is the subject of no other cause than that of these. */
const SLOWNESS = ['GatewaySlow', 'GatewaySlowSlowly', 'GatewayEventLoopBlocked'];

/** From one value of a series to the next one, and from one evaluation of the rules to the next one. Minutes. */
const STEPS = [1, 2, 5, 10, 20, 30];

/** What promtool evaluates in a second or so. */
const MOST_VALUES = 130;

/** Makes the cause happen, and fails unless the rules raise this alert alone, while it lasts and not before. */
export async function expectRaised<On extends Stage>(
  stage: On,
  alert: string,
  cause: Cause<On>,
): Promise<void> {
  const { rounds = 3, minutes = 5, minutesAfter = 20 } = cause;
  const timeline = new Timeline();
  await cause.prepare?.(stage);
  timeline.add(await scrapeInUse(stage, cause));
  timeline.add(await scrapeInUse(stage, cause), cause.minutesBefore ?? rounds * minutes);
  const before = timeline.minute;
  for (let round = 0; round < rounds; round += 1) {
    await cause.round(stage);
    timeline.add(await stage.scrape(), minutes);
  }
  const during = timeline.minute;
  await cause.end?.(stage);
  for (let scrapes = 0; scrapes < 2; scrapes += 1) {
    timeline.add(await scrapeInUse(stage, cause), minutesAfter);
  }
  const step = STEPS.find((one) => timeline.minute / one <= MOST_VALUES)!;
  const besides = SLOWNESS.filter((name) => name !== alert);
  await expectAlerts(
    timeline.series(step),
    [
      { at: `${before}m`, firing: [], besides },
      { at: `${during}m`, firing: [alert], besides },
      // It has not necessarily been without consequences: others may be raised by how much of a budget it has used up.
      { at: `${timeline.minute}m`, firing: [], besides: ALERTS.filter((name) => name !== alert) },
    ],
    `${step}m`,
  );
}

async function scrapeInUse<On extends Stage>(stage: On, cause: Cause<On>): Promise<Scrape> {
  await stage.use();
  for (;;) {
    const scraped = await stage.scrape();
    if (cause.isCalm?.(scraped) ?? true) return scraped;
  }
}
