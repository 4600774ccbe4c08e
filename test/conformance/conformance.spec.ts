import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BASELINE_NAMES, baselineOf } from './baseline.ts';
import { Driver } from './driver.ts';
import { faultsOf, type Report, tableOf, withTables } from './report.ts';
import { type Era, ERAS, type Outcome, requiredOf, run } from './runner.ts';

const DOCUMENT = resolve('docs/mcp-conformance.md');

const driver = new Driver();
let outcomes: ReadonlyMap<Era, ReadonlyMap<string, Outcome>>;
beforeAll(async () => {
  await driver.start();
  outcomes = new Map(
    await Promise.all(ERAS.map(async (era) => [era, await run(era, driver.socket)] as const)),
  );
  for (const era of ERAS) console.log(tableOf(reportOf(era)));
});
afterAll(() => driver.stop());

const reportOf = (era: Era): Report => {
  const ofEra = outcomes.get(era)!;
  const baseline = baselineOf(new Set(ofEra.keys()));
  return { era, required: requiredOf(era), outcomes: ofEra, baseline };
};

describe.each([
  { era: '2026-07-28', required: 32 },
  { era: '2025-11-25', required: 18 },
] as const)('the client scenarios of $era', ({ era, required }) => {
  it(`are ${required} required ones, which all ran`, () => {
    expect(requiredOf(era)).toHaveLength(required);
    expect([...outcomes.get(era)!.keys()]).toEqual(expect.arrayContaining(requiredOf(era)));
  });

  it.each(requiredOf(era))('%s', (scenario) => {
    const { baseline, outcomes: all } = reportOf(era);
    const atLeastOne = expect.arrayContaining([expect.any(String)]) as unknown;
    // One that passes has no place in the baseline.
    expect(faultsOf(all.get(scenario)!)).toEqual(baseline.has(scenario) ? atLeastOne : []);
  });

  it('that are optional pass, or are in the baseline', () => {
    const { baseline, outcomes: all } = reportOf(era);
    const optional = [...all.keys()].filter((name) => !requiredOf(era).includes(name));
    const failed = optional.filter((name) => faultsOf(all.get(name)!).length > 0);
    expect(failed.toSorted()).toEqual(optional.filter((name) => baseline.has(name)).toSorted());
  });
});

describe('the baseline', () => {
  it('names scenarios that exist, each once', () => {
    const known = ERAS.flatMap((era) => [...outcomes.get(era)!.keys()]);
    expect(known).toEqual(expect.arrayContaining(BASELINE_NAMES));
    expect(BASELINE_NAMES).toHaveLength(new Set(BASELINE_NAMES).size);
  });

  // `npm run conformance -- --update` writes it.
  it('and the outcomes are as the documentation says', async () => {
    const document = withTables(readFileSync(DOCUMENT, 'utf8'), ERAS.map(reportOf));
    await expect(document).toMatchFileSnapshot(DOCUMENT);
  });
});
