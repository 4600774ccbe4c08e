import type { Era, Outcome } from './runner.ts';

/** What one era has come to. */
export interface Report {
  readonly era: Era;
  readonly required: readonly string[];
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Scenario → why it need not pass. */
  readonly baseline: ReadonlyMap<string, string>;
}

/** What a scenario fails for: a warning is something that a client should do. */
export function faultsOf({ checks, words }: Outcome): string[] {
  const faults = checks.filter(({ status }) => status === 'FAILURE' || status === 'WARNING');
  const told = faults.map(({ id, errorMessage = '' }) => `${id}: ${errorMessage}`.trim());
  return told.length > 0 && words ? [...told, words] : told;
}

/** The table of an era in Markdown, as Prettier writes it. */
export function tableOf({ era, required, outcomes, baseline }: Report): string {
  const optional = [...outcomes.keys()].filter((name) => !required.includes(name)).toSorted();
  const reasons = [...new Set(baseline.values())];
  const rowOf = (name: string) => {
    const reason = baseline.get(name);
    const outcome = reason === undefined ? 'passes' : `no (${reasons.indexOf(reason) + 1})`;
    return [`\`${name}\``, required.includes(name) ? 'required' : 'optional', outcome];
  };
  const passed = required.filter((name) => !baseline.has(name)).length;
  return [
    `${era}: ${passed} of ${required.length} required scenarios pass.`,
    '',
    ...aligned([['scenario', 'for the era', 'outcome'], ...[...required, ...optional].map(rowOf)]),
    '',
    ...reasons.map((reason, index) => `${index + 1}. ${reason}`),
  ].join('\n');
}

function aligned([head, ...rows]: string[][]): string[] {
  const widths = head!.map((_title, column) =>
    Math.max(3, ...[head!, ...rows].map((row) => row[column]!.length)),
  );
  const line = (cells: string[], filler = ' ') =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!, filler)).join(' | ')} |`;
  return [line(head!), line(['', '', ''], '-'), ...rows.map((row) => line(row))];
}

/** A document with the tables of these reports in their places. */
export function withTables(document: string, reports: readonly Report[]): string {
  return reports.reduce(
    (text, report) =>
      text.replace(
        new RegExp(`(<!-- ${report.era} -->\n)[^]*?(\n<!-- /${report.era} -->)`),
        (_match, begin: string, end: string) => `${begin}\n${tableOf(report)}\n${end}`,
      ),
    document,
  );
}
