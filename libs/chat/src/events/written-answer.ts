import type { SqlEntityManager } from '@mikro-orm/sql';
import type { MessagePart } from './message-part.js';
import { OPENING_PARTS } from './run-parts.js';

/** What of an answer is in the log. */
export interface WrittenAnswer {
  readonly text: string;
  /** How many parts of text it has. */
  readonly textParts: number;
  /** The number of its last part. */
  readonly last: number;
}

const WRITTEN = `select seq, case when part like '{"type":"text-%' then part end as part
  from run_events where run_id = ? order by seq`;

export async function writtenAnswer(em: SqlEntityManager, runId: string): Promise<WrittenAnswer> {
  const rows = await em.execute<{ seq: number; part: string | null }[]>(WRITTEN, [runId]);
  const parts = rows.flatMap(({ part }) => (part ? [JSON.parse(part) as MessagePart] : []));
  return {
    text: parts.map((part) => (part.type === 'text-delta' ? part.delta : '')).join(''),
    textParts: parts.filter(({ type }) => type === 'text-start').length,
    last: rows.at(-1)?.seq ?? OPENING_PARTS,
  };
}
