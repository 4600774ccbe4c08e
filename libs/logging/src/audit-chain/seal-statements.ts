import type { AtomicWrite } from '@app/persistence';
import { type JsonColumns, postgresRows, sqliteRows } from './json-rows.js';

/** The place of a record in the chain, and what proves it. */
export interface Seal {
  readonly sequence: number;
  readonly recordId: string;
  readonly salt: Buffer;
  readonly personal: Buffer;
  readonly content: Buffer;
  readonly hash: Buffer;
  readonly mac: Buffer;
}

const COLUMNS = {
  sequence: 'bigint',
  record_id: 'uuid',
  salt: 'bytes',
  personal: 'bytes',
  content: 'bytes',
  hash: 'bytes',
  mac: 'bytes',
} as const satisfies JsonColumns;

const INTO = `insert into audit_seals (${Object.keys(COLUMNS).join(', ')})`;
const SQLITE = sqliteRows(COLUMNS);
const POSTGRES = postgresRows(COLUMNS);

/** Stores seals; their records wait no more. It misses `turn` where another process was faster. */
export function sealing(seals: readonly Seal[]): AtomicWrite {
  const rows = JSON.stringify(
    seals.map((seal) => ({
      sequence: seal.sequence,
      record_id: seal.recordId,
      salt: seal.salt.toString('hex'),
      personal: seal.personal.toString('hex'),
      content: seal.content.toString('hex'),
      hash: seal.hash.toString('hex'),
      mac: seal.mac.toString('hex'),
    })),
  );
  return {
    sqlite: () => [
      { sql: `${INTO} select ${SQLITE.columns} from ${SQLITE.from}`, values: [rows] },
      {
        sql: `delete from audit_pending where record_id in (select value ->> 'record_id' from json_each(?))`,
        values: [rows],
      },
    ],
    postgres: () => ({
      sql: `with sealed as (
          ${INTO} select ${POSTGRES.columns} from ${POSTGRES.from} returning record_id
        ), done as (
          delete from audit_pending p using sealed s where p.record_id = s.record_id
        ) select null as missing`,
      values: [rows],
    }),
    taken: { audit_seals: 'turn' },
  };
}

/** These records are not waited for any more: nothing says that a gateway wrote them. */
export function refusal(ids: readonly string[]): AtomicWrite {
  const list = JSON.stringify(ids);
  return {
    sqlite: () => [
      {
        sql: 'update audit_pending set refused = true where record_id in (select value from json_each(?))',
        values: [list],
      },
    ],
    postgres: () => ({
      sql: `with refused as (
          update audit_pending set refused = true
          where record_id in (select value::uuid from jsonb_array_elements_text(?::jsonb))
        ) select null as missing`,
      values: [list],
    }),
  };
}
