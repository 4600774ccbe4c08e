import fc from 'fast-check';

/** How long all borders together are fuzzed. Seconds. */
const BUDGET_S = Number(process.env.FUZZ_SECONDS ?? 60);

/** The same inputs with each run, unless another seed is asked for. */
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_126);

/** How many calls of `fuzz` the suite has; each gets an equal part of the time. */
const BORDERS = 8;

/** One case is given its part of the time, and as much again for its last run and for the smallest counterexample. */
export const FUZZ_TIMEOUT_MS = ((BUDGET_S * 1000) / BORDERS) * 4 + 60_000;

/**
 * Tries one border with as many inputs as fit in its part of the time, and prints how many these were. Fails with the
 * smallest input that breaks the property, and with the seed that finds it again.
 */
export async function fuzz<Inputs extends [unknown, ...unknown[]]>(
  border: string,
  property: fc.IRawProperty<Inputs>,
  examples: Inputs[] = [],
): Promise<void> {
  const startedAt = performance.now();
  const outcome = await fc.check(property, {
    seed: SEED,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: (BUDGET_S * 1000) / BORDERS,
    examples,
  });
  const seconds = (performance.now() - startedAt) / 1000;
  process.stdout.write(
    `fuzz ${border}: ${outcome.numRuns} runs, ${Math.round(outcome.numRuns / seconds)} per second\n`,
  );
  if (outcome.failed) throw new Error(fc.defaultReportMessage(outcome) ?? 'a run failed');
  expect(outcome.numRuns).toBeGreaterThan(examples.length);
}

/** Text as attackers and keyboards write it: letters, signs of the syntax, controls, broken surrogates, other scripts. */
export const anyText = (maxLength = 200) =>
  fc.oneof(
    fc.string({ maxLength }),
    fc.string({ unit: 'binary', maxLength }),
    fc.string({
      unit: fc.constantFrom(
        ...Array.from(
          '/／\\{}[]()<>:;,.=@#%&?!*+-_"\'“”„«»「」 \t\r\n\0\u00a0\u200b\u202e\ufeffaZ09é漢😀',
        ),
        '\ud800',
        '__proto__',
        'null',
        'true',
        '1e999',
        '9007199254740993',
      ),
      maxLength: Math.min(maxLength, 60),
    }),
  );
