import type { SecurityEventService } from '../events/security-event.service.js';
import type { Finding, FoldedFinding } from '../events/security-finding.js';
import type { IncidentEventService } from '../incidents/incident-event.service.js';
import type { IncidentOpeningService } from '../incidents/incident-opening.service.js';
import type { NotificationDeliveryJob } from '../notifications/notification-delivery.job.js';
import type { NotificationService } from '../notifications/notification.service.js';
import type { AddressContainmentService } from './address-containment.service.js';
import { FindingLogService } from './finding-log.service.js';

const finding = (id: string, more: Partial<Finding> = {}): Finding => ({
  rule: 'tool-changed',
  severity: 'high',
  subject: { type: 'tool', id },
  evidence: {},
  ...more,
});

class TestLog extends FindingLogService {
  writeNow = () => this.run();
}

function aLog() {
  const written: FoldedFinding[] = [];
  const failing = new Set<string>();
  const news = new Set<string>();
  const report = (one: FoldedFinding) => {
    if (failing.has(one.subject.id)) return Promise.reject(new Error('the database is away'));
    written.push(one);
    const event = { id: one.subject.id, address: null, accountId: null, rule: one.rule };
    return Promise.resolve({ event, isNews: news.has(one.subject.id) });
  };
  const contain = vi.fn<() => Promise<void>>(() => Promise.resolve());
  const openFor = vi.fn<() => Promise<string>>(() => Promise.resolve('opened'));
  const joinOpen = vi.fn<() => Promise<string>>(() => Promise.resolve('none'));
  const log = new TestLog(
    { report } as unknown as SecurityEventService,
    {} as NotificationService,
    { request: () => undefined } as unknown as NotificationDeliveryJob,
    { contain } as unknown as AddressContainmentService,
    { openFor } as unknown as IncidentOpeningService,
    { joinOpen } as unknown as IncidentEventService,
  );
  return { log, written, failing, news, contain, openFor, joinOpen };
}
const namesOf = (findings: readonly FoldedFinding[]) => findings.map(({ subject }) => subject.id);

describe('the log of findings', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('writes later what a write that failed has left', async () => {
    const { log, written, failing } = aLog();
    const all = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const id of all) log.note(finding(id));
    failing.add('b');
    await expect(log.writeNow()).rejects.toThrow('away');
    expect(namesOf(written)).toEqual(['a', 'c', 'd']);
    failing.clear();
    await log.writeNow();
    await log.writeNow();
    expect(namesOf(written)).toEqual(['a', 'c', 'd', 'e', 'f', 'b']);
  });

  it('writes the others while one always fails', async () => {
    const { log, written, failing } = aLog();
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) log.note(finding(id));
    for (const id of ['a', 'b', 'c', 'd']) failing.add(id);
    await expect(log.writeNow()).rejects.toThrow('away');
    await expect(log.writeNow()).rejects.toThrow('away');
    expect(namesOf(written)).toEqual(['e', 'f', 'g', 'h']);
  });

  it('adds what came in the meantime, from the first time on', async () => {
    const { log, written, failing } = aLog();
    const first = new Date();
    log.note(finding('a'));
    log.note(finding('a'));
    failing.add('a');
    const failed = log.writeNow();
    vi.setSystemTime(Date.now() + 60_000);
    log.note(finding('a', { evidence: { latest: 1 } }));
    await expect(failed).rejects.toThrow('away');
    failing.clear();
    await log.writeNow();
    const [one, ...others] = written;
    expect(others).toEqual([]);
    expect(one).toMatchObject({ count: 3, evidence: { latest: 1 }, firstSeenAt: first });
    expect(one!.lastSeenAt).toEqual(new Date());
  });

  it('has more findings of an event wait for two seconds, but not one that is worse', async () => {
    const { log, written } = aLog();
    const seen = () => written.splice(0).map(({ subject, count }) => [subject.id, count]);
    log.note(finding('a'));
    await log.writeNow();
    for (let times = 0; times < 100; times += 1) log.note(finding('a'));
    log.note(finding('b'));
    await log.writeNow();
    expect(seen()).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    vi.advanceTimersByTime(1_999);
    log.note(finding('b', { severity: 'critical' }));
    await log.writeNow();
    expect(seen()).toEqual([['b', 1]]);
    vi.advanceTimersByTime(1);
    await log.writeNow();
    expect(seen()).toEqual([['a', 100]]);
  });

  it('has room for new subjects however many wait for two seconds', async () => {
    const { log, written } = aLog();
    const known = Array.from({ length: 5_000 }, (_, n) => `known-${n}`);
    for (const id of known) log.note(finding(id));
    await log.writeNow();
    for (const id of known) log.note(finding(id));
    written.length = 0;
    log.note(finding('new'));
    await log.writeNow();
    expect(namesOf(written)).toEqual(['new']);
  });

  it('writes at the end what waits', async () => {
    const { log, written } = aLog();
    log.note(finding('a'));
    await log.writeNow();
    log.note(finding('a'));
    await log.onModuleDestroy();
    expect(namesOf(written)).toEqual(['a', 'a']);
  });

  it('counts a finding once whose address could not be blocked', async () => {
    const { log, written, contain } = aLog();
    contain.mockRejectedValue(new Error('the database is away'));
    log.note(finding('a', { isContainable: true }));
    await log.writeNow();
    await log.writeNow();
    expect(contain).toHaveBeenCalledOnce();
    expect(written).toHaveLength(1);
  });

  it('opens an incident only for a rule that says so, and counts a finding once without one', async () => {
    const { log, written, openFor } = aLog();
    log.note(finding('a'));
    await log.writeNow();
    expect(openFor).not.toHaveBeenCalled();
    openFor.mockRejectedValueOnce(new Error('the database is away'));
    log.note(finding('b', { isIncident: true }));
    await log.writeNow();
    log.note(finding('b', { isIncident: true }));
    await log.writeNow();
    expect(openFor).toHaveBeenCalledTimes(2);
    expect(namesOf(written)).toEqual(['a', 'b', 'b']);
  });

  it('has a new event join the incident that is open, unless its rule opens incidents', async () => {
    const { log, news, openFor, joinOpen } = aLog();
    news.add('new').add('broken');
    log.note(finding('known'));
    log.note(finding('new'));
    log.note(finding('broken', { isIncident: true }));
    await log.writeNow();
    expect(joinOpen.mock.calls).toEqual([[expect.objectContaining({ id: 'new' })]]);
    expect(openFor.mock.calls).toEqual([[expect.objectContaining({ id: 'broken' })]]);
  });
});
