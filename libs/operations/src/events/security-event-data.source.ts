import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { SecurityEvent } from './security-event.entity.js';
import { severityOf } from './severity.js';

/** How long after a finding its account may have been erased meanwhile: twice the time between two looks. Milliseconds. */
const LATELY_MS = 2 * 3_600_000;

/** What detection has found about a person. */
@Injectable()
export class SecurityEventDataSource {
  readonly tables: readonly string[] = ['security_events'];

  constructor(private readonly em: EntityManager) {}

  async exportOf(accountId: string): Promise<unknown> {
    const events = await this.em
      .fork()
      .find(SecurityEvent, { accountId }, { orderBy: { id: 'asc' } });
    return events.map((event) => ({
      rule: event.rule,
      severity: severityOf(event.severity),
      count: event.count,
      firstSeenAt: event.firstSeenAt.toISOString(),
      lastSeenAt: event.lastSeenAt.toISOString(),
    }));
  }

  /** Signals wait for a moment, and may be written down after the erasure. */
  async owners(): Promise<string[]> {
    const events = await this.em
      .fork()
      .find(
        SecurityEvent,
        { accountId: { $ne: null }, lastSeenAt: { $gt: new Date(Date.now() - LATELY_MS) } },
        { fields: ['accountId'], disableIdentityMap: true },
      );
    return [...new Set(events.map(({ accountId }) => accountId!))];
  }

  /** What was found, when and how often stays, without the person that it is about. */
  async erase(accountId: string): Promise<void> {
    const em = this.em.fork();
    const nothing = { accountId: null, openKey: null, evidence: '{}' };
    await em.nativeUpdate(SecurityEvent, { accountId }, nothing);
    await em.nativeUpdate(SecurityEvent, { acknowledgedBy: accountId }, { acknowledgedBy: null });
  }
}
