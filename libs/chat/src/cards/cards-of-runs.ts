import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import {
  type CardFileRecord,
  type CardRecord,
  type CardView,
  toCardFileView,
  toCardView,
} from './card.view.js';

/** `CardFileRecord`, of the table `f`. */
export const FILE_FIELDS = `f.id, f.name, f.media_type as "mediaType", f.size_bytes as "sizeBytes",
  f.width, f.height`;

const cardsOf = (runs: number) => `select ${FILE_FIELDS}, k.run_id as "runId",
    k.call_id as "callId", k.title, k.text, k.is_cut as "isCut"
  from cards k left join card_files f on f.run_id = k.run_id and f.call_id = k.call_id and f.is_whole = 1
  where k.run_id in (${Array<string>(runs).fill('?').join(', ')}) order by k.call_id, f.id`;

/** Without a file, what it has of one is null. */
interface Row extends Omit<CardFileRecord, 'id'>, CardRecord {
  readonly runId: string;
  readonly id: string | null;
}

export type CardsByRun = ReadonlyMap<string, readonly CardView[]>;

/** What answers show, by the runs that show something. */
export async function cardsOfRuns(
  em: EntityManager,
  runIds: readonly string[],
): Promise<CardsByRun> {
  const cards = new Map<string, CardView[]>();
  if (runIds.length === 0) return cards;
  const rows = await (em as SqlEntityManager).execute<Row[]>(cardsOf(runIds.length), [...runIds]);
  for (const row of rows) {
    const ofRun = cards.get(row.runId) ?? [];
    cards.set(row.runId, ofRun);
    const known = ofRun.find(({ callId }) => callId === row.callId);
    const files = row.id === null ? [] : [{ ...row, id: row.id }];
    if (known) known.files.push(...files.map(toCardFileView));
    else ofRun.push(toCardView(row, files));
  }
  return cards;
}
