import { advisoryFindings } from './advisories.ts';
import { runTool } from './run-tool.ts';
import { licenceFindings } from './licences.ts';
import { readLock } from './lock.ts';
import type { Finding } from './finding.ts';

/** Where secrets are looked for: also in hidden files, but for those that no checkout has. */
const FILES = ['**/*', '.*', '.ci/*', '.github/**/*'];

/**
 * `npm run scan`: looks for known vulnerabilities, licences that are not allowed, a lockfile that leads elsewhere,
 * secrets in files and dangerous code. Prints a line for each scan, and fails if one has found something.
 */
const SCANS: Readonly<Record<string, () => Promise<readonly Finding[]> | readonly Finding[]>> = {
  advisories: () => advisoryFindings(readLock()),
  licences: () => licenceFindings(readLock()),
  lockfile: () =>
    runTool(
      'lockfile-lint',
      '--path package-lock.json --type npm --allowed-hosts npm --validate-https --validate-integrity --format plain',
    ),
  secrets: () =>
    runTool(
      'secretlint',
      '--secretlintrc scan/secretlint.json --secretlintignore scan/secretlint.ignore --maskSecrets --no-color',
      FILES,
    ),
  code: () => runTool('oxlint', '--config scan/oxlint.json --deny-warnings', ['apps', 'libs']),
};

const results = await Promise.all(
  Object.entries(SCANS).map(async ([name, scan]) => ({ name, findings: await scan() })),
);
for (const { name, findings } of results) {
  const faults = findings.filter(({ isFault }) => isFault);
  console.log(`${faults.length === 0 ? 'pass' : 'FAIL'}  ${name}`);
  for (const { text } of findings) console.log(text.replace(/^/gm, '      '));
  if (faults.length > 0) process.exitCode = 1;
}
