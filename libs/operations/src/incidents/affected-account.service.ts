import { AccountDirectoryService } from '@app/auth';
import { AuditedAccountsService } from '@app/logging';
import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { Incident } from './incident.entity.js';
import { type AccountSource, IncidentAccount, IS_AFFECTED } from './incident-account.entity.js';
import { IncidentJournalService } from './incident-journal.service.js';
import { IncidentError } from './incident.error.js';
import { type AffectedAccountPageView, toAccountView } from './incident.view.js';
import type { Operator } from './operator.js';

/** The most accounts of one incident; beyond it, it concerns everyone. */
const MAX_ACCOUNTS = 10_000;

/** The most accounts that one search finds. */
const ACCOUNTS_PER_SEARCH = 5_000;

/** What to look for: a time, with an address or an action or neither, and whose session or device it was. */
export interface AccountTrace {
  readonly from: Date;
  readonly to: Date;
  readonly ip?: string;
  readonly action?: string;
  readonly sessionId?: string;
  readonly deviceId?: string;
  readonly succeededOnly: boolean;
}

export interface TraceResult {
  readonly found: number;
  /** How many of them were not listed before. */
  readonly added: number;
  /** Where a search ended that would have read too much: search again from there. */
  readonly readUntil: string | null;
}

/** The accounts that an incident concerns. */
@Injectable()
export class AffectedAccountService {
  constructor(
    private readonly em: EntityManager,
    private readonly journal: IncidentJournalService,
    private readonly trail: AuditedAccountsService,
    private readonly directory: AccountDirectoryService,
  ) {}

  /**
   * Finds accounts and lists them. A session or a device leads to its account, everything else to the audit trail.
   *
   * @throws IncidentError `incident_full`
   */
  async trace(incidentId: string, trace: AccountTrace, operator: Operator): Promise<TraceResult> {
    await this.assertThere(incidentId);
    const { sessionId, deviceId } = trace;
    if (sessionId !== undefined || deviceId !== undefined) {
      const owner =
        sessionId === undefined
          ? await this.directory.ofDevice(deviceId!)
          : await this.directory.ofSession(sessionId);
      const source = sessionId === undefined ? 'device' : 'session';
      return this.add(incidentId, owner === undefined ? [] : [owner], source, operator);
    }
    const { accountIds, readUntil } = await this.trail.find(trace, ACCOUNTS_PER_SEARCH);
    const result = await this.add(incidentId, [...accountIds], 'trail', operator, traceText(trace));
    return { ...result, readUntil: readUntil?.toISOString() ?? null };
  }

  /** Lists those of the ids that are accounts. @throws IncidentError `incident_full` */
  async add(
    incidentId: string,
    ids: readonly string[],
    source: AccountSource,
    operator: Operator,
    how = '',
  ): Promise<TraceResult> {
    const accountIds = [...(await this.directory.namesOf(ids)).keys()];
    const added = await this.journal.change(incidentId, operator, async (change) => {
      const added = await change.addAccounts(accountIds, source);
      const count = await change.em.count(IncidentAccount, { incidentId });
      if (count > MAX_ACCOUNTS) throw IncidentError.full('accounts');
      if (added > 0 || how !== '') {
        change.write({
          kind: 'accounts_added',
          subject: source,
          text: `${added} new. ${how}`.trim(),
        });
      }
      return added;
    });
    return { found: accountIds.length, added, readUntil: null };
  }

  /** An account that was listed by mistake; one that is not listed is no error. */
  remove(incidentId: string, accountId: string, operator: Operator): Promise<void> {
    return this.journal.change(incidentId, operator, async (change) => {
      const listed = { incidentId, accountId, ...IS_AFFECTED };
      // Still named by the timeline: the row stays for the sake of the person's erasure.
      const removed = await change.em.nativeUpdate(IncidentAccount, listed, { source: 'text' });
      if (removed > 0) change.write({ kind: 'account_removed', text: accountId });
    });
  }

  /** In the order of their ids. @throws IncidentError `incident_not_found` */
  async list(incidentId: string, limit: number, after?: string): Promise<AffectedAccountPageView> {
    await this.assertThere(incidentId);
    const found = await this.em.fork().find(
      IncidentAccount,
      {
        incidentId,
        ...IS_AFFECTED,
        ...(after ? { accountId: { $gt: after } } : {}),
      },
      { orderBy: { accountId: 'asc' }, limit: limit + 1 },
    );
    const accounts = found.slice(0, limit).map(toAccountView);
    return { accounts, nextCursor: found.length > limit ? accounts.at(-1)!.accountId : null };
  }

  /** All of them, for what is done to each. */
  async idsOf(incidentId: string): Promise<string[]> {
    const found = await this.em
      .fork()
      .find(IncidentAccount, { incidentId, ...IS_AFFECTED }, { fields: ['accountId'] });
    return found.map(({ accountId }) => accountId);
  }

  private async assertThere(id: string): Promise<void> {
    if ((await this.em.fork().count(Incident, { id })) === 0) throw IncidentError.notFound();
  }
}

/** How it was searched, for those who read the timeline: without the address, which may be a person's. */
function traceText({ from, to, ip, action, succeededOnly }: AccountTrace): string {
  const parts = [
    `Searched the audit trail from ${from.toISOString()} to ${to.toISOString()}`,
    ip === undefined ? '' : 'by an address',
    action === undefined ? '' : `for ${action}`,
    succeededOnly ? '' : 'refused calls included',
  ];
  return `${parts.filter(Boolean).join(', ')}.`;
}
