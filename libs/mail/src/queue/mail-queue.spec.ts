import { Logger } from '@nestjs/common';
import type { Mail, Mailer } from '../delivery/mailer.js';
import { MailerError } from '../delivery/mailer.error.js';
import { MailQueue, MAX_MAILS_WAITING } from './mail-queue.js';

const MAIL: Mail = { accountId: 'ada', to: 'ada@example.org', subject: 'Hello', text: 'Hello' };
const writes = (mail: Mail | undefined) => () => Promise.resolve(mail);

/** Delivers what it is told to, after failing as often as it is told to. */
class Courier implements Mailer {
  readonly delivered: Mail[] = [];
  attempts = 0;
  isClosed = false;
  failures: Error[] = [];
  until: Promise<void> | undefined;

  async deliver(mail: Mail): Promise<void> {
    this.attempts += 1;
    await this.until;
    const failure = this.failures.shift();
    if (failure) throw failure;
    this.delivered.push(mail);
  }

  close(): void {
    this.isClosed = true;
  }
}

describe('the queue of mails', () => {
  let courier: Courier;
  let queue: MailQueue;
  let told: Record<string, unknown>[];
  let debugged: Record<string, unknown>[];

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    told = [];
    const tell = (fields: unknown) => void told.push(fields as Record<string, unknown>);
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(tell);
    vi.spyOn(Logger.prototype, 'error').mockImplementation(tell);
    debugged = [];
    vi.spyOn(Logger.prototype, 'debug').mockImplementation((fields: unknown) => {
      debugged.push(fields as Record<string, unknown>);
    });
    courier = new Courier();
    queue = new MailQueue(courier);
  });
  afterEach(() => vi.useRealTimers().restoreAllMocks());

  /** Until everything that can happen without the clock has happened. */
  const settled = async () => {
    for (let round = 0; round < 20; round += 1) await new Promise((done) => setImmediate(done));
  };

  it('sends what is written, and nothing where nothing is', async () => {
    queue.add(writes(MAIL));
    queue.add(writes(undefined));
    expect(courier.attempts).toBe(0);
    await settled();
    expect(courier.delivered).toEqual([MAIL]);
    expect(told).toEqual([]);
  });

  it('sends a delayed mail when its delay is over, and not before', async () => {
    const write = vi.fn<() => Promise<Mail | undefined>>(writes(MAIL));
    queue.add(write, 300);
    await settled();
    await vi.advanceTimersByTimeAsync(299);
    await settled();
    expect(write).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await settled();
    expect(courier.delivered).toEqual([MAIL]);
  });

  it('tells of each mail when it is asked for, and once when there is nothing more to do', async () => {
    courier.failures = [new MailerError('ECONNREFUSED'), new MailerError('EENVELOPE', 550)];
    for (const mail of [MAIL, MAIL, undefined]) queue.add(writes(mail));
    await settled();
    await vi.advanceTimersByTimeAsync(1_000);
    await settled();
    expect(debugged).toEqual([
      ...Array(3).fill({ event: 'mail.asked' }),
      { event: 'mail.settled', outcome: 'none' },
      { event: 'mail.settled', outcome: 'failed' },
      { event: 'mail.settled', outcome: 'sent' },
    ]);
  });

  it('tries again after a second, then after longer', async () => {
    courier.failures = [new MailerError('ECONNREFUSED'), new MailerError('EENVELOPE', 451)];
    queue.add(writes(MAIL));
    await settled();
    expect(courier.attempts).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    await settled();
    expect(courier.attempts).toBe(2);
    await vi.advanceTimersByTimeAsync(5_000);
    await settled();
    expect(courier.delivered).toEqual([MAIL]);
    expect(told).toEqual([
      { event: 'mail.delayed', code: 'ECONNREFUSED', attempt: 1, delayMs: 1_000 },
      { event: 'mail.delayed', code: 'EENVELOPE', statusCode: 451, attempt: 2, delayMs: 5_000 },
    ]);
  });

  it('writes a mail once, however often it is tried', async () => {
    courier.failures = [new MailerError('ECONNREFUSED')];
    const write = vi.fn<() => Promise<Mail | undefined>>(writes(MAIL));
    queue.add(write);
    await settled();
    await vi.advanceTimersByTimeAsync(1_000);
    await settled();
    expect(courier.delivered).toHaveLength(1);
    expect(write).toHaveBeenCalledTimes(1);
  });

  it('gives up after six attempts, and says so without the address', async () => {
    courier.failures = Array.from({ length: 9 }, () => new MailerError('ECONNREFUSED'));
    queue.add(writes(MAIL));
    for (let round = 0; round < 9; round += 1) {
      await settled();
      await vi.advanceTimersByTimeAsync(300_000);
    }
    expect(courier.attempts).toBe(6);
    expect(told.at(-1)).toMatchObject({ event: 'mail.failed', reason: 'given_up', attempt: 6 });
    expect(JSON.stringify(told)).not.toContain('ada');
  });

  it('gives up at once what the server refuses for good', async () => {
    courier.failures = [new MailerError('EENVELOPE', 550)];
    queue.add(writes(MAIL));
    await settled();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(courier.attempts).toBe(1);
    expect(told).toMatchObject([{ event: 'mail.failed', code: 'EENVELOPE', statusCode: 550 }]);
  });

  it('does not send what has expired meanwhile', async () => {
    courier.failures = [new MailerError('ECONNREFUSED')];
    queue.add(writes({ ...MAIL, notAfter: new Date(Date.now() + 500) }));
    await settled();
    await vi.advanceTimersByTimeAsync(1_000);
    await settled();
    expect(courier.attempts).toBe(1);
    expect(told.at(-1)).toMatchObject({ event: 'mail.failed', reason: 'too_late' });
  });

  it('drops what is beyond its bound', async () => {
    for (let added = 0; added < MAX_MAILS_WAITING + 5; added += 1) queue.add(writes(MAIL));
    expect(told).toHaveLength(5);
    expect(told[0]).toEqual({ event: 'mail.failed', reason: 'queue_full' });
    await vi.waitFor(() => expect(courier.delivered).toHaveLength(MAX_MAILS_WAITING));
  });

  it('sends at the end what waits, also for its time or for another attempt', async () => {
    courier.failures = [new MailerError('ECONNREFUSED')];
    queue.add(writes(MAIL));
    await settled();
    queue.add(writes(MAIL));
    queue.add(writes(MAIL), 400);
    await queue.onApplicationShutdown();
    expect(courier.delivered).toHaveLength(3);
    expect(courier.isClosed).toBe(true);
  });

  it('bounds its wait at shutdown, and logs how many mails are lost', async () => {
    courier.until = new Promise(() => undefined);
    for (let added = 0; added < 6; added += 1) queue.add(writes(MAIL));
    const stopped = queue.onApplicationShutdown();
    await vi.advanceTimersByTimeAsync(4_999);
    expect(courier.isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await stopped;
    expect(told.at(-1)).toEqual({ event: 'mail.failed', reason: 'shutting_down', count: 6 });
    expect(courier.isClosed).toBe(true);
  });
});
