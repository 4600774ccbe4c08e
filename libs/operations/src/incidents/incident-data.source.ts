import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { IncidentAccount } from './incident-account.entity.js';

/** For how long late writes are looked for: twice the time between two looks. Milliseconds. */
const LATELY_MS = 2 * 3_600_000;

/** The most accounts that a look returns. */
const OWNERS_PER_LOOK = 1_000;

/** Ids of accounts are UUIDv7; pseudonyms are not, and belong to no account. */
const ACCOUNT_ID = /^[\da-f]{8}-[\da-f]{4}-7/;

/** The incidents that name an account: by their lists, in which texts take part, and by who worked on them. */
const INCIDENTS_SQL = `select incident_id as id from incident_accounts where account_id = ?
  union select incident_id from incident_entries where actor_id = ?`;

/** Each column that can hold the id of an account, alone or in a text, by its table. */
const PLACES: readonly { table: string; key: string; ids: string[]; texts: string[] }[] = [
  { table: 'incidents', key: 'id', ids: ['opened_by'], texts: ['title', 'summary', 'lessons'] },
  {
    table: 'incident_entries',
    key: 'incident_id',
    ids: ['actor_id'],
    texts: ['subject', 'text'],
  },
  { table: 'incident_events', key: 'incident_id', ids: ['account_id'], texts: [] },
  {
    table: 'incident_items',
    key: 'incident_id',
    ids: ['settled_by'],
    texts: ['text', 'note'],
  },
  {
    table: 'incident_actions',
    key: 'incident_id',
    ids: ['actor_id'],
    texts: ['action_key', 'target'],
  },
];

/** An incident and a listed account, with moments as the database writes them. */
type ConcernedRow = Record<'kind' | 'openedAt' | 'closedAt' | 'notedAt', unknown>;

/** What incidents have of a person: their id, which becomes a pseudonym, as the trail of what happened has to stay. */
@Injectable()
export class IncidentDataSource {
  readonly tables: readonly string[] = [
    'incidents',
    'incident_entries',
    'incident_accounts',
    'incident_events',
    'incident_items',
    'incident_actions',
  ];

  constructor(private readonly em: EntityManager) {}

  /** That an incident concerned them, and when; its texts are about others, too. */
  async exportOf(accountId: string): Promise<unknown> {
    const rows = await (this.em.fork() as SqlEntityManager).execute<ConcernedRow[]>(
      `select i.kind, i.opened_at as "openedAt", i.closed_at as "closedAt", a.added_at as "notedAt"
       from incident_accounts a join incidents i on i.id = a.incident_id
       where a.account_id = ? and a.source <> 'text' order by i.id limit 1000`,
      [accountId],
    );
    return rows.map(({ kind, openedAt, closedAt, notedAt }) => ({
      kind,
      openedAt: iso(openedAt),
      closedAt: iso(closedAt),
      notedAt: iso(notedAt),
    }));
  }

  /** Recent entries: a search that runs during an erasure can list an account that has just been erased. */
  async owners(): Promise<string[]> {
    const since = new Date(Date.now() - LATELY_MS);
    const rows = await this.em
      .fork()
      .find(
        IncidentAccount,
        { addedAt: { $gt: since } },
        { fields: ['accountId'], limit: OWNERS_PER_LOOK },
      );
    return rows.map(({ accountId }) => accountId).filter((id) => ACCOUNT_ID.test(id));
  }

  async erase(accountId: string, pseudonym: string): Promise<void> {
    const em = this.em.fork() as SqlEntityManager;
    const incidents = await em.execute<{ id: string }[]>(INCIDENTS_SQL, [accountId, accountId]);
    for (const { id } of incidents) {
      await em.transactional((own) => replaceIn(own as SqlEntityManager, id, accountId, pseudonym));
    }
  }
}

async function replaceIn(
  em: SqlEntityManager,
  incidentId: string,
  accountId: string,
  pseudonym: string,
): Promise<void> {
  // What a rule has counted of the person: a country, devices.
  await em.execute(
    `update incident_events set evidence = '{}' where incident_id = ? and account_id = ?`,
    [incidentId, accountId],
    'run',
  );
  for (const { table, key, ids, texts } of PLACES) {
    for (const column of ids) {
      const set = `update ${table} set ${column} = ? where ${key} = ? and ${column} = ?`;
      await em.execute(set, [pseudonym, incidentId, accountId], 'run');
    }
    if (texts.length === 0) continue;
    const replaced = texts.map((column) => `${column} = replace(${column}, ?, ?)`);
    const values = texts.flatMap(() => [accountId, pseudonym]);
    const set = `update ${table} set ${replaced.join(', ')} where ${key} = ?`;
    await em.execute(set, [...values, incidentId], 'run');
  }
  await em.execute(
    'update incident_accounts set account_id = ? where incident_id = ? and account_id = ?',
    [pseudonym, incidentId, accountId],
    'run',
  );
}

function iso(value: unknown): unknown {
  return value === null ? null : new Date(value as string | number).toISOString();
}
