import { EventCounters } from '@app/security';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { createHmac, hkdfSync } from 'node:crypto';
import { authConfig } from '../auth.config.js';

/** The window in which mails are counted. Milliseconds. */
const WINDOW = 3_600_000;

/** How many mails may be caused: nobody's mailbox is to be flooded by way of us. */
@Injectable()
export class MailAllowance {
  private readonly key: Buffer;

  constructor(
    @Inject(EventCounters) private readonly counters: EventCounters,
    @Inject(authConfig.KEY) { passwordPepper }: ConfigType<typeof authConfig>,
  ) {
    this.key = Buffer.from(hkdfSync('sha256', passwordPepper, '', 'mail-allowance', 32));
  }

  /** Counts a mail; false if there have been `most` of its kind for this address or account within the hour. */
  async take(kind: string, subject: string, most: number): Promise<boolean> {
    return (await this.counters.count(`mail:${kind}:${this.keyOf(subject)}`, WINDOW)).count <= most;
  }

  /** Forgets what was counted of these, of whatever kind. @throws if the shared counters cannot be reached */
  async forget(subjects: readonly string[]): Promise<void> {
    await this.counters.forget(subjects.map((subject) => this.keyOf(subject)));
  }

  /** The counters may be in Redis, where no address belongs, nor a hash by which it could be guessed. */
  private keyOf(subject: string): string {
    return createHmac('sha256', this.key).update(subject).digest('base64url');
  }
}
