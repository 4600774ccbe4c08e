import type { AccountDirectoryService } from '@app/auth';
import type { AuditTrail } from '@app/logging';
import type { EntityManager } from '@mikro-orm/core';
import type { ContainmentDeedsService, ContainmentRequest } from './containment-deeds.service.js';
import { ContainmentService } from './containment.service.js';
import type { IncidentJournalService } from './incident-journal.service.js';

const NETWORKS = ['203.0.113.7/32', '203.0.113.8/32'];

describe('a containment', () => {
  it('does what follows on an action whose end cannot be written', async () => {
    const done: string[] = [];
    const em = {
      findOne: () => Promise.resolve(null),
      count: () => Promise.resolve(0),
      create: () => undefined,
      flush: () => Promise.resolve(),
    };
    const incident = { id: 'i', phase: 'contain' };
    const change = { em, incident, now: new Date(), addAccounts: () => undefined, text: String };
    const journal = {
      change: (_id: string, _operator: unknown, work: (one: unknown) => unknown) =>
        work({ ...change, operator: {}, write: () => undefined }),
      conclude: vi
        .fn<() => Promise<void>>(() => Promise.resolve())
        .mockRejectedValueOnce(new Error('the database is away')),
    };
    const deedOf = (_id: string, { network }: ContainmentRequest) => ({
      type: 'block',
      target: network,
      audited: { action: 'block.added', objectType: 'block' },
      isDone: () => false,
      run: () => Promise.resolve(void done.push(network!)),
    });
    const running = { state: 'running', startedAt: new Date(), endedAt: null };
    const stored = NETWORKS.map((network) => ({ ...running, actionKey: `block: ${network}` }));
    const service = new ContainmentService(
      { fork: () => ({ find: () => Promise.resolve(stored) }) } as unknown as EntityManager,
      journal as unknown as IncidentJournalService,
      { deedOf } as unknown as ContainmentDeedsService,
      { record: () => Promise.resolve() } as unknown as AuditTrail,
      { namesOf: () => Promise.resolve(new Map()) } as unknown as AccountDirectoryService,
    );
    const requests = NETWORKS.map((network) => ({ type: 'block' as const, network }));
    const operator = { accountId: null, ip: 'local', requestId: 'r' };
    const { isContained } = await service.contain('i', requests, operator as never);
    expect(done).toEqual(NETWORKS);
    expect(journal.conclude).toHaveBeenCalledTimes(2);
    expect(isContained).toBe(false);
  });
});
