import type { Check, CheckStatus, Diagnosis } from './check.js';

/** How long one check may take before it counts as failed. Milliseconds. */
const CHECK_TIMEOUT_MS = 20_000;

/** The result of one check. */
export interface CheckResult extends Diagnosis {
  readonly id: string;
  readonly list: Check['list'];
}

/** The results of all checks, in the order of the checks. */
export interface Examination {
  /** The worst status of all checks. */
  readonly status: CheckStatus;
  readonly checks: readonly CheckResult[];
}

/** Runs all checks at the same time. A check that throws or hangs counts as failed; the others go on. */
export async function examine(checks: readonly Check[]): Promise<Examination> {
  const results = await Promise.all(checks.map((check) => resultOf(check)));
  const statuses = new Set(results.map(({ status }) => status));
  const status = (['fail', 'warn'] as const).find((one) => statuses.has(one)) ?? 'pass';
  return { status, checks: results };
}

async function resultOf(check: Check): Promise<CheckResult> {
  const { id, list } = check;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<Diagnosis>((done) => {
    timer = setTimeout(() => done(unfinished('it took too long')), CHECK_TIMEOUT_MS);
  });
  const work = Promise.resolve()
    .then(() => check.run())
    .catch((error: unknown) => unfinished(error instanceof Error ? error.name : 'an error'));
  try {
    return { id, list, ...(await Promise.race([work, timeout])) };
  } finally {
    clearTimeout(timer);
  }
}

function unfinished(reason: string): Diagnosis {
  return {
    status: 'fail',
    finding: `The check could not be completed: ${reason}.`,
    fix: 'Read the log of the gateway, and run the doctor again.',
  };
}
