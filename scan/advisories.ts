import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import semver from 'semver';
import type { Finding } from './finding.ts';
import type { LockedPackage } from './lock.ts';

type Severity = 'info' | 'low' | 'moderate' | 'high' | 'critical';

/** One known vulnerability. */
export interface Advisory {
  readonly id: string;
  readonly package: string;
  /** The versions that have it, as a range of npm. */
  readonly vulnerable: string;
  readonly severity: Severity;
  readonly title: string;
}

/** What a registry answers for one package. */
interface AuditAnswer {
  readonly vulnerabilities?: Readonly<
    Record<
      string,
      { readonly name: string; readonly range: string; readonly via: readonly (Via | string)[] }
    >
  >;
}
interface Via {
  readonly name: string;
  readonly range: string;
  readonly severity: Severity;
  readonly title: string;
  readonly url: string;
}

/** How long a registry has to answer. Milliseconds. */
const ANSWER_WITHIN_MS = 30_000;

/** Answers of an audit have a part for each package. Bytes. */
const MOST_OUTPUT = 64 * 1024 * 1024;

/** What fails the scan in a package that is delivered; what only builds and tests is named. */
const FAULTS: ReadonlySet<Severity> = new Set(['high', 'critical']);

/**
 * Known vulnerabilities of what is locked: by the registry, where it answers `npm audit`, else by the file
 * `scan/advisories.json`, and then it says so.
 */
export async function advisoryFindings(packages: readonly LockedPackage[]): Promise<Finding[]> {
  const known = await registryAdvisories();
  if (known) return matches(packages, known);
  const file = JSON.parse(readFileSync('scan/advisories.json', 'utf8')) as {
    asOf: string;
    advisories: Advisory[];
  };
  const remark = `The registry answers no audit; compared with scan/advisories.json as of ${file.asOf}.`;
  return [{ text: remark, isFault: false }, ...matches(packages, file.advisories)];
}

/** Each locked package that has one of the vulnerabilities. */
export function matches(
  packages: readonly LockedPackage[],
  advisories: readonly Advisory[],
): Finding[] {
  return advisories.flatMap(({ id, package: name, vulnerable, severity, title }) =>
    packages
      .filter((one) => one.name === name && isIn(one.version, vulnerable))
      .map(({ version, isForDevelopment }) => ({
        text: `${name} ${version}: ${severity}, ${title} (${id})`,
        isFault: FAULTS.has(severity) && !isForDevelopment,
      })),
  );
}

function isIn(version: string, range: string): boolean {
  return semver.satisfies(version, range, { includePrerelease: true });
}

function registryAdvisories(): Promise<Advisory[] | undefined> {
  return new Promise((done) => {
    const options = { timeout: ANSWER_WITHIN_MS, maxBuffer: MOST_OUTPUT };
    // It exits with 1 when it has found something.
    execFile('npm', ['audit', '--json'], options, (_error, stdout) => done(advisoriesOf(stdout)));
  });
}

/** Undefined where the answer is none, such as the error of a registry. */
function advisoriesOf(answer: string): Advisory[] | undefined {
  try {
    const { vulnerabilities } = JSON.parse(answer) as AuditAnswer;
    if (!vulnerabilities) return undefined;
    return Object.values(vulnerabilities)
      .flatMap(({ via }) => via.filter((one) => typeof one === 'object'))
      .map(({ name, range, severity, title, url }) => ({
        id: url.slice(url.lastIndexOf('/') + 1),
        package: name,
        vulnerable: range,
        severity,
        title,
      }));
  } catch {
    return undefined;
  }
}
