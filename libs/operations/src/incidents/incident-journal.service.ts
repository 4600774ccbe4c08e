import { AccountDirectoryService } from '@app/auth';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { Incident } from './incident.entity.js';
import { IncidentChange } from './incident-change.js';
import { IncidentError } from './incident.error.js';
import { idsIn } from './named-accounts.js';
import type { Operator } from './operator.js';

type Work<T> = (change: IncidentChange) => Promise<T>;

/** Changes incidents: one change of an incident at a time, each with its place in the timeline. */
@Injectable()
export class IncidentJournalService {
  constructor(
    private readonly em: EntityManager,
    private readonly directory: AccountDirectoryService,
  ) {}

  /**
   * Runs `work` while no other change of the incident can begin, and none comes after its end.
   *
   * @throws IncidentError `incident_not_found`, `incident_closed`
   */
  change<T>(id: string, operator: Operator, work: Work<T>): Promise<T> {
    return this.locked(id, operator, (change) => {
      if (change.incident.closedAt) throw IncidentError.closed();
      return work(change);
    });
  }

  /** The same for what has been begun before the incident was closed, if it is closed by now. */
  conclude(id: string, operator: Operator, work: Work<void>): Promise<void> {
    return this.locked(id, { ...operator, record: undefined }, work);
  }

  /** Begins an incident in the transaction of `em`. */
  begin<T>(em: EntityManager, incident: Incident, operator: Operator, work: Work<T>): Promise<T> {
    const change = new IncidentChange(
      em as SqlEntityManager,
      incident,
      operator,
      incident.openedAt,
    );
    return this.finish(change, work);
  }

  private locked<T>(id: string, operator: Operator, work: Work<T>): Promise<T> {
    return this.em.fork().transactional(async (em) => {
      const now = new Date();
      // Locks the row. Writes first: on SQLite, a transaction that begins with a read cannot write beside another writer.
      await em.nativeUpdate(Incident, { id }, { changedAt: now });
      const incident = await em.findOne(Incident, { id });
      if (!incident) throw IncidentError.notFound();
      return this.finish(new IncidentChange(em as SqlEntityManager, incident, operator, now), work);
    });
  }

  /** An account that a text names is noted, so that its erasure finds the text. */
  private async finish<T>(change: IncidentChange, work: Work<T>): Promise<T> {
    const result = await work(change);
    await change.em.flush();
    const named = [...idsIn(change.written)];
    if (named.length > 0) {
      const accounts = await this.directory.namesOf(named, change.em);
      await change.addAccounts([...accounts.keys()], 'text');
    }
    await change.operator.record?.(change.incident.id, change.em);
    return result;
  }
}
