import type { SqlEntityManager } from '@mikro-orm/sql';
import { v7 } from 'uuid';
import { Incident } from './incident.entity.js';
import type { AccountSource } from './incident-account.entity.js';
import { type EntryKind, IncidentEntry } from './incident-entry.entity.js';
import { IncidentError } from './incident.error.js';
import { IncidentItem } from './incident-item.entity.js';
import { withCanonicalIds } from './named-accounts.js';
import type { Operator } from './operator.js';

/** The longest timeline: a report is read by people. */
const MAX_ENTRIES = 2_000;

/** How many accounts one statement lists. */
const ACCOUNTS_PER_INSERT = 100;

/** A line of the timeline before it has its place. */
export interface NewEntry {
  readonly kind: EntryKind;
  readonly text?: string;
  readonly subject?: string;
  readonly outcome?: string;
}

type NewItem = Pick<IncidentItem, 'phase' | 'position' | 'text'>;

/** A change of an open incident, in a transaction that holds its lock. */
export class IncidentChange {
  private readonly texts: string[] = [];

  constructor(
    readonly em: SqlEntityManager,
    readonly incident: Incident,
    readonly operator: Operator,
    readonly now: Date,
  ) {}

  /** What was written into the incident so far. */
  get written(): readonly string[] {
    return this.texts;
  }

  /** A text as it is stored; every text of an incident has to pass here. */
  text(text: string): string {
    const stored = withCanonicalIds(text);
    this.texts.push(stored);
    return stored;
  }

  /** @throws IncidentError `incident_full` unless it closes the incident */
  write({ kind, text = '', subject, outcome }: NewEntry): void {
    if (kind !== 'closed' && this.incident.entryCount >= MAX_ENTRIES) {
      throw IncidentError.full('entries in its timeline');
    }
    this.incident.entryCount += 1;
    this.em.create(IncidentEntry, {
      incidentId: this.incident.id,
      number: this.incident.entryCount,
      occurredAt: this.now,
      kind,
      actorId: this.operator.accountId,
      subject: subject === undefined ? null : this.text(subject),
      outcome: outcome ?? null,
      text: this.text(text),
    });
  }

  /** Adds an open item to the checklist. */
  addItem({ phase, position, text }: NewItem): IncidentItem {
    return this.em.create(IncidentItem, {
      id: v7(),
      incidentId: this.incident.id,
      phase,
      position,
      text: this.text(text),
      state: 'open',
      note: null,
      settledAt: null,
      settledBy: null,
    });
  }

  /** Lists accounts that are not listed yet; how many. One that a text has named becomes an affected one. */
  async addAccounts(accountIds: readonly string[], source: AccountSource): Promise<number> {
    const { id } = this.incident;
    const onConflict =
      source === 'text'
        ? 'nothing'
        : `update set source = excluded.source, added_at = excluded.added_at
           where incident_accounts.source = 'text'`;
    let added = 0;
    for (let from = 0; from < accountIds.length; from += ACCOUNTS_PER_INSERT) {
      const some = accountIds.slice(from, from + ACCOUNTS_PER_INSERT);
      const { affectedRows } = await this.em.execute<{ affectedRows: number }>(
        `insert into incident_accounts (incident_id, account_id, source, added_at)
         values ${some.map(() => '(?, ?, ?, ?)').join(', ')}
         on conflict (incident_id, account_id) do ${onConflict}`,
        some.flatMap((accountId) => [id, accountId, source, this.now]),
        'run',
      );
      added += affectedRows;
    }
    return added;
  }
}
