import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { EVIDENCE_DIR, leaksIn } from './evidence.ts';
import { makeTemplate, removeTemplate } from './template-database.ts';

/** Where the projects of `vitest.config.ts` find the set-up of the whole run: Vitest asks once for each of them. */
const SET_UP = Symbol.for('mcp-gateway: set-up of the end-to-end tests');

/**
 * The gateways of the suite are processes of the built output, which must be that of the sources. Each logs into one
 * folder; afterwards no secret may be found there.
 */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  const begun = Reflect.get(globalThis, SET_UP) as Promise<void> | undefined;
  if (begun) {
    await begun;
    return undefined;
  }
  const prepared = prepare();
  Reflect.set(globalThis, SET_UP, prepared);
  await prepared;
  return tearDown;
}

async function prepare(): Promise<void> {
  execFileSync(process.execPath, ['build/main.ts'], { stdio: 'inherit' });
  rmSync(EVIDENCE_DIR, { recursive: true, force: true });
  mkdirSync(EVIDENCE_DIR, { recursive: true });
  await makeTemplate();
}

async function tearDown(): Promise<void> {
  Reflect.deleteProperty(globalThis, SET_UP);
  await removeTemplate();
  const { leaks, lines, secrets } = leaksIn(EVIDENCE_DIR);
  process.stdout.write(
    `\nLog scan: ${lines} lines against ${secrets} secrets, ${leaks.length} leaks\n`,
  );
  if (leaks.length > 0) {
    process.stderr.write(`${leaks.slice(0, 20).join('\n')}\n`);
    throw new Error('Secrets or personal data were logged in the clear');
  }
}
