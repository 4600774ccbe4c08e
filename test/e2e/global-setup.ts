import { mkdirSync, rmSync } from 'node:fs';
import { EVIDENCE_DIR, leaksIn } from './evidence.ts';

/** Every gateway that the suite starts logs into one folder; afterwards no secret may be found there. */
export function setup(): void {
  rmSync(EVIDENCE_DIR, { recursive: true, force: true });
  mkdirSync(EVIDENCE_DIR, { recursive: true });
}

export function teardown(): void {
  const { leaks, lines, secrets } = leaksIn(EVIDENCE_DIR);
  process.stdout.write(
    `\nLog scan: ${lines} lines against ${secrets} secrets, ${leaks.length} leaks\n`,
  );
  if (leaks.length > 0) {
    process.stderr.write(`${leaks.slice(0, 20).join('\n')}\n`);
    throw new Error('Secrets or personal data were logged in the clear');
  }
}
