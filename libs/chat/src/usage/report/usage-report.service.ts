import { firstIdOf } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { type CountedTokens, toUsedTokensView } from '../used-tokens.view.js';
import type { UsageGroup } from './usage-report.dto.js';
import type { UsageReportView } from './usage-report.view.js';

const DAY_MS = 86_400_000;

/** What is told without a first day. */
const DAYS_BACK = 30;

/** Which part of what was used, and how it is summed up. */
export interface UsageFilter {
  readonly by: UsageGroup;
  /** In UTC, such as 2026-11-27. @default 30 days ago */
  readonly from?: string;
  /** The last day. @default today */
  readonly to?: string;
  readonly accountId?: string;
  readonly profileId?: string;
  readonly limit: number;
}

type Range = Required<Pick<UsageFilter, 'from' | 'to'>>;
type Condition = readonly [sql: string, value: string];
type Row = { readonly key: string } & Readonly<Record<keyof CountedTokens, number | string>>;

const SUMS = ['input_tokens', 'output_tokens', 'estimated_tokens', 'cost_nanos']
  .map((column) => `sum(u.${column}) as ${column}`)
  .join(', ');

/** The column that a row stands for, where tokens are counted by day. */
const COLUMNS = { day: 'u.day', profile: 'u.profile_id', user: 'u.account_id' } as const;

/** What language models have used and cost, of all people. */
@Injectable()
export class UsageReportService {
  constructor(private readonly em: EntityManager) {}

  /** By model it is what the runs tell that are kept: those of deleted conversations are gone. */
  async report({ limit, ...filter }: UsageFilter, now = new Date()): Promise<UsageReportView> {
    const from = filter.from ?? dayOf(new Date(now.getTime() - DAYS_BACK * DAY_MS));
    const to = filter.to ?? dayOf(now);
    const found = await this.read({ ...filter, from, to, limit: limit + 1 });
    const rows = found
      .slice(0, limit)
      .map(({ key, counts }) => Object.assign(toUsedTokensView(counts), { key }));
    return { from, to, rows, hasMore: found.length > limit };
  }

  private async read(filter: UsageFilter & Range) {
    const { column, source, conditions } =
      filter.by === 'model' ? ofRuns(filter) : ofDays(filter, COLUMNS[filter.by]);
    const where = conditions.map(([sql]) => sql).join(' and ');
    const values = conditions.map(([, value]) => value);
    const order =
      filter.by === 'day' ? `${column} desc` : 'sum(u.input_tokens + u.output_tokens) desc';
    const em = this.em.fork() as SqlEntityManager;
    // A currency makes rows of its own: first which keys there are, then their sums.
    const rows = await em.execute<Row[]>(
      `select ${column} as "key", u.currency as currency, ${SUMS} from ${source}
       where ${where} and ${column} in (
         select "key" from (
           select ${column} as "key" from ${source} where ${where}
           group by ${column} order by ${order}, ${column} limit ?
         ) as keys
       ) group by ${column}, u.currency order by ${order}, ${column}`,
      [...values, ...values, filter.limit],
    );
    const byKey = Map.groupBy(rows, ({ key }) => key);
    const groups = [...byKey].map(([key, some]) => ({ key, counts: some.map(toCounts) }));
    return filter.by === 'day' ? groups : byTotal(groups);
  }
}

/** The most first, over all currencies of a key: the order of its rows is that of its largest one. */
export function byTotal<
  T extends { readonly key: string; readonly counts: readonly CountedTokens[] },
>(groups: readonly T[]): T[] {
  const totals = new Map(groups.map(({ key, counts }) => [key, totalOf(counts)]));
  return groups.toSorted(
    (one, other) => totals.get(other.key)! - totals.get(one.key)! || (one.key < other.key ? -1 : 1),
  );
}

function totalOf(counts: readonly CountedTokens[]): number {
  return counts.reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0);
}

function ofDays({ from, to, accountId, profileId }: UsageFilter & Range, column: string) {
  const conditions: Condition[] = [
    ['u.day >= ?', from],
    ['u.day <= ?', to],
    ...(accountId ? [['u.account_id = ?', accountId] as const] : []),
    ...(profileId ? [['u.profile_id = ?', profileId] as const] : []),
  ];
  return { column, source: 'token_usage u', conditions };
}

function ofRuns({ from, to, accountId, profileId }: UsageFilter & Range) {
  const conditions: Condition[] = [
    ['u.run_id >= ?', firstIdOf(new Date(`${from}T00:00:00Z`))],
    ['u.run_id < ?', firstIdOf(new Date(Date.parse(`${to}T00:00:00Z`) + DAY_MS))],
    ...(accountId ? [['c.account_id = ?', accountId] as const] : []),
    ...(profileId ? [['c.profile_id = ?', profileId] as const] : []),
  ];
  const source = `run_usage u join runs r on r.id = u.run_id
    join conversations c on c.id = r.conversation_id`;
  return { column: 'u.model', source, conditions };
}

/** Sums come as texts from PostgreSQL. */
function toCounts(row: Row & Record<string, number | string>): CountedTokens {
  return {
    currency: String(row.currency),
    inputTokens: Number(row.input_tokens),
    outputTokens: Number(row.output_tokens),
    estimatedTokens: Number(row.estimated_tokens),
    costNanos: Number(row.cost_nanos),
  };
}

function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}
