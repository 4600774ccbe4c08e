import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { EVIDENCE_DIR, leaksIn } from './evidence.ts';
import { makeTemplate, removeTemplate } from './template-database.ts';

/**
 * The gateways of the suite are processes of the built output, which must be that of the sources. Each logs into one
 * folder; afterwards no secret may be found there.
 */
export async function setup(): Promise<void> {
  execFileSync(process.execPath, ['build/main.ts'], { stdio: 'inherit' });
  rmSync(EVIDENCE_DIR, { recursive: true, force: true });
  mkdirSync(EVIDENCE_DIR, { recursive: true });
  await makeTemplate();
}

export async function teardown(): Promise<void> {
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
