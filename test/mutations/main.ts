import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Mutation, MUTATIONS } from './mutations.ts';

// Makes each mistake of the list in a copy of the committed tree, and runs the tests that must notice it. Exits with 1
// if one goes unnoticed, or if its text has changed. Words name some: `npm run mutations -- audience CORS`.

type Outcome = 'noticed' | 'SURVIVED' | 'DOES NOT APPLY';

const root = resolve(import.meta.dirname, '../..');
const copy = join(mkdtempSync(join(tmpdir(), 'mutations-')), 'tree');
const git = (...words: string[]) => execFileSync('git', words, { cwd: root, stdio: 'ignore' });

const words = process.argv.slice(2);
const chosen = MUTATIONS.filter(
  ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
);

try {
  git('worktree', 'add', '--detach', copy, 'HEAD');
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  process.exitCode = check(chosen) ? 0 : 1;
} finally {
  git('worktree', 'remove', '--force', copy);
  rmSync(join(copy, '..'), { recursive: true, force: true });
}

function check(mutations: readonly Mutation[]): boolean {
  // A test that fails without any mistake would notice every one.
  for (const project of new Set(mutations.map(({ test }) => test.project))) {
    const tests = mutations.map(({ test }) => test).filter((test) => test.project === project);
    if (passes(project, tests, 'inherit')) continue;
    console.log(`Tests of ${project} fail by themselves, without any mistake.`);
    return false;
  }
  const outcomes = mutations.map((mutation) => {
    const from = performance.now();
    const outcome = outcomeOf(mutation);
    const seconds = Math.round((performance.now() - from) / 1000);
    console.log(`${outcome.padEnd(14)} ${String(seconds).padStart(4)} s  ${mutation.name}`);
    return outcome;
  });
  const noticed = outcomes.filter((outcome) => outcome === 'noticed').length;
  console.log(`\n${noticed} of ${outcomes.length} mutations noticed`);
  return noticed === outcomes.length && noticed > 0;
}

function outcomeOf({ edits, test }: Mutation): Outcome {
  const paths = edits.map(({ file }) => join(copy, file));
  const before = paths.map((path) => readFileSync(path, 'utf8'));
  try {
    for (const { file, from, to } of edits) {
      const parts = readFileSync(join(copy, file), 'utf8').split(from);
      if (parts.length !== 2) return 'DOES NOT APPLY';
      writeFileSync(join(copy, file), parts.join(to));
    }
    return passes(test.project, [test]) ? 'SURVIVED' : 'noticed';
  } finally {
    for (const [index, path] of paths.entries()) writeFileSync(path, before[index]!);
  }
}

/** Whether these tests pass: also what the suite looks for at its end, secrets in the logs. */
function passes(
  project: string,
  tests: readonly Mutation['test'][],
  errors: 'inherit' | 'ignore' = 'ignore',
): boolean {
  const files = new Set(tests.map(({ file }) => file));
  const names = tests.map((test) => test.names).join('|');
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--bail',
      '1',
      '--project',
      project,
      ...files,
      '-t',
      names,
    ],
    {
      cwd: copy,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
      maxBuffer: 100_000_000,
      stdio: ['ignore', 'pipe', errors],
    },
  );
  // What cannot be built has no failing test, and none that passes: it proves nothing.
  if (!/^ *Tests .*\d+ (passed|failed)/m.test(stdout)) {
    throw new Error(`${[...files].join(', ')}: no test ran:\n${stdout}`);
  }
  return status === 0;
}
