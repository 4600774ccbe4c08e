import { queueLengths } from '@app/metrics';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { type Mail, Mailer } from '../delivery/mailer.js';
import { toMailerError } from '../delivery/mailer.error.js';

/** Waits before the second and each further attempt; after the last the mail is given up. Milliseconds. */
const PAUSES = [1_000, 5_000, 30_000, 120_000, 300_000];

/** The most mails that wait or are being sent: neither a flood nor a dead mail server fills the memory. */
export const MAX_MAILS_WAITING = 1_000;

/** How many are written and delivered at once. */
const MAX_DELIVERIES_AT_ONCE = 4;

/** How long a shutdown waits for the remaining mails. Milliseconds. */
const DRAIN = 5_000;

/** Composes a mail when it is about to be sent; undefined if none has to be sent after all. */
export type MailWriter = () => Promise<Mail | undefined>;

interface Job {
  readonly write: MailWriter;
  mail?: Mail;
  attempt: number;
}

/**
 * Writes and sends mails in the background, so that no answer waits for one or shows by its time whether there is
 * one. The recipient never reaches the log. Pending mails are lost when the process is killed: the user
 * then asks for the mail again.
 */
@Injectable()
export class MailQueue implements OnApplicationShutdown {
  private readonly log = new Logger('Mail');
  private readonly ready: Job[] = [];
  private readonly paused = new Map<Job, NodeJS.Timeout>();
  private readonly underWay = new Set<Promise<void>>();
  private isClosing = false;

  private readonly forget = queueLengths.readFrom(() => [
    { labels: { queue: 'mails' }, value: this.length },
  ]);

  constructor(@Inject(Mailer) private readonly mailer: Mailer) {}

  private get length(): number {
    return this.ready.length + this.paused.size + this.underWay.size;
  }

  /**
   * Accepts a mail and returns at once; it is sent after `putOff` milliseconds, or at shutdown. Beyond
   * the bound a mail is dropped and logged as failed.
   */
  add(write: MailWriter, putOff = 0): void {
    if (this.length >= MAX_MAILS_WAITING) {
      this.log.error({ event: 'mail.failed', reason: 'queue_full' });
      return;
    }
    this.log.debug({ event: 'mail.asked' });
    const job = { write, attempt: 0 };
    if (putOff > 0) {
      this.pause(job, putOff);
      return;
    }
    this.ready.push(job);
    setImmediate(() => this.next());
  }

  /** After the server has closed: each mail that waits for its delay or for another attempt gets one last attempt. */
  async onApplicationShutdown(): Promise<void> {
    this.forget();
    this.isClosing = true;
    for (const [job, timer] of this.paused) {
      clearTimeout(timer);
      this.ready.push(job);
    }
    this.paused.clear();
    this.next();
    await Promise.race([this.drained(), new Promise((done) => setTimeout(done, DRAIN).unref())]);
    const count = this.ready.splice(0).length + this.underWay.size;
    if (count > 0) this.log.error({ event: 'mail.failed', reason: 'shutting_down', count });
    this.mailer.close();
  }

  private async drained(): Promise<void> {
    while (this.underWay.size > 0) await Promise.race(this.underWay);
  }

  private next(): void {
    while (this.underWay.size < MAX_DELIVERIES_AT_ONCE) {
      const job = this.ready.shift();
      if (!job) return;
      const work: Promise<void> = this.attempt(job).finally(() => {
        this.underWay.delete(work);
        this.next();
      });
      this.underWay.add(work);
    }
  }

  private async attempt(job: Job): Promise<void> {
    job.attempt += 1;
    try {
      const mail = (job.mail ??= await job.write());
      if (!mail) {
        this.settled('none');
        return;
      }
      if (mail.notAfter && mail.notAfter <= new Date()) {
        this.log.error({ event: 'mail.failed', reason: 'too_late', attempt: job.attempt });
        this.settled('failed');
        return;
      }
      await this.mailer.deliver(mail);
      this.settled('sent');
    } catch (error) {
      this.failed(job, error);
    }
  }

  private failed(job: Job, error: unknown): void {
    const { code, replyCode: statusCode, isFinal } = toMailerError(error);
    const { attempt } = job;
    const delayMs = PAUSES[attempt - 1];
    if (isFinal || delayMs === undefined || this.isClosing) {
      this.log.error({ event: 'mail.failed', reason: 'given_up', code, statusCode, attempt });
      this.settled('failed');
      return;
    }
    this.log.warn({ event: 'mail.delayed', code, statusCode, attempt, delayMs });
    this.pause(job, delayMs);
  }

  /** With `mail.asked` it tells, at level debug, whether all that was asked for is done. */
  private settled(outcome: 'sent' | 'none' | 'failed'): void {
    this.log.debug({ event: 'mail.settled', outcome });
  }

  private pause(job: Job, delayMs: number): void {
    const timer = setTimeout(() => {
      this.paused.delete(job);
      this.ready.push(job);
      this.next();
    }, delayMs);
    this.paused.set(job, timer.unref());
  }
}
