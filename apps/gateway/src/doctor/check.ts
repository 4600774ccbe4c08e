/** The result of a check: `warn` can wait until the morning, `fail` cannot. */
export type CheckStatus = 'pass' | 'warn' | 'fail';

/** What a check has found, as text for an operator. */
export interface Diagnosis {
  readonly status: CheckStatus;
  readonly finding: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** One item of the checklists of the policy: one list for before a deployment, one for operation. */
export interface Check {
  /** The name of the item. It stays the same in all versions. */
  readonly id: string;
  readonly list: 'before deployment' | 'in operation';
  run(): Promise<Diagnosis> | Diagnosis;
}

/** The checks of one list, by their names. */
export function checksOf(
  list: Check['list'],
  runs: Readonly<Record<string, Check['run']>>,
): Check[] {
  return Object.entries(runs).map(([id, run]) => ({ id, list, run }));
}

export function pass(finding: string): Diagnosis {
  return { status: 'pass', finding };
}

export function warn(finding: string, fix: string): Diagnosis {
  return { status: 'warn', finding, fix };
}

export function fail(finding: string, fix: string): Diagnosis {
  return { status: 'fail', finding, fix };
}
