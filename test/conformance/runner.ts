import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

export const ERAS = ['2026-07-28', '2025-11-25'] as const;
export type Era = (typeof ERAS)[number];

/** One statement of the runner on what the client did. */
export interface Check {
  readonly id: string;
  readonly name: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'INFO' | 'SKIPPED';
  readonly errorMessage?: string;
}

/** What became of one scenario. */
export interface Outcome {
  readonly checks: readonly Check[];
  /** What the client had to say, for those who look for the reason of a failure. */
  readonly words: string;
}

const PACKAGE = resolve(
  createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json'),
  '..',
);

/** What the runner ends a command after: it has had its time long before. Milliseconds. */
const LONGEST_COMMAND_MS = 90_000;

/** The scenarios that a client of an era must pass, as the era fixed them when it was released. */
export function requiredOf(era: Era): string[] {
  const file = readFileSync(join(PACKAGE, 'requirements', `${era}.yaml`), 'utf8');
  return (parse(file) as { client: string[] }).client;
}

/** Runs all scenarios of an era against the driver that listens at `socket`. */
export async function run(era: Era, socket: string): Promise<Map<string, Outcome>> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  const env = {
    ...process.env,
    DRIVER_SOCKET: socket,
    DRIVER_NODE: process.execPath,
    DRIVER_COMMAND: resolve('test/conformance/command.mjs'),
  };
  const options = {
    requirements: era,
    // The runner splits it at spaces and gives it to a shell.
    command: '"$DRIVER_NODE" "$DRIVER_COMMAND"',
    'output-dir': folder,
    timeout: String(LONGEST_COMMAND_MS),
  };
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const args = [join(PACKAGE, 'dist/index.js'), 'client', ...flags];
  // It fails with any scenario that fails; here each is judged by itself.
  await new Promise((done) => execFile(process.execPath, args, { env }, done));
  try {
    return new Map(globSync('**/checks.json', { cwd: folder }).map((file) => read(folder, file)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function read(folder: string, file: string): [string, Outcome] {
  const checks = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Check[];
  const words = readFileSync(join(folder, file, '../stderr.txt'), 'utf8');
  // Folders are named after the scenario and the time.
  const [, scenario] = /^(.+)-\d{4}-\d\d-\d\dT[^/\\]+[/\\]checks\.json$/.exec(file)!;
  return [scenario!.replaceAll('\\', '/'), { checks, words }];
}
