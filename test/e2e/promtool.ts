import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';

export const RULE_FILES = ['slo.rules.yml', 'alerts.rules.yml'].map((file) =>
  resolve('monitoring', file),
);

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Objectives before the alerts that read them: without an order promtool takes one by chance. */
const GROUPS = RULE_FILES.flatMap(
  (file) =>
    (parse(readFileSync(file, 'utf8')) as { groups: { name: string; rules: Rule[] }[] }).groups,
);

export const RULES: readonly Rule[] = GROUPS.flatMap(({ rules }) => rules);

/** The names of all alerts. */
export const ALERTS: readonly string[] = RULES.flatMap(({ alert }) => alert ?? []);

/** Series as promtool has them: `name{label="value"}` and values such as `1+2x60`. */
export type Series = Readonly<Record<string, string>>;

/** Rejects with what it says where it finds a fault. Debian has it in the package `prometheus`. */
export function promtool(...args: string[]): Promise<string> {
  return new Promise((done, fail) => {
    execFile('promtool', args, { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (!error) return done(stdout);
      fail(new Error(`promtool ${args.join(' ')}: ${error.message}\n${stdout}${stderr}`));
    });
  });
}

/** Which alerts fire at a moment of the series. */
export interface Moment {
  /** Such as `1h10m`. */
  readonly at: string;
  readonly firing: readonly string[];
  /** Alerts that may fire or not. */
  readonly besides?: readonly string[];
}

/** Fails unless these alerts, and no others, fire at these moments. */
export async function expectAlerts(
  series: Series,
  moments: readonly Moment[],
  interval = '1m',
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'promtool-'));
  const file = join(folder, 'test.yml');
  const test = {
    interval,
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: moments.map(({ at, firing, besides = [] }) => ({
      expr: `group by (alertname) (ALERTS{alertstate="firing",alertname!~"${besides.join('|')}"})`,
      eval_time: at,
      exp_samples: firing.map((name) => ({ labels: `{alertname="${name}"}`, value: 1 })),
    })),
  };
  const tests = {
    rule_files: RULE_FILES,
    evaluation_interval: interval,
    group_eval_order: GROUPS.map(({ name }) => name),
    tests: [test],
  };
  writeFileSync(file, stringify(tests));
  try {
    await promtool('test', 'rules', file);
  } finally {
    await rm(folder, { recursive: true });
  }
}
