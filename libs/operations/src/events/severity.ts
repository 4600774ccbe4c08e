/** How bad it is, from the least to the most. In the database a severity is its place in here. */
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;

export type Severity = (typeof SEVERITIES)[number];

export function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

export function severityOf(rank: number): Severity {
  return SEVERITIES[rank]!;
}
