import { EventCounters } from '@app/security';
import { Injectable } from '@nestjs/common';
import { DerivedKeyService } from '../credentials/derived-key.service.js';

/** The window in which mails are counted. Milliseconds. */
const ALLOWANCE_WINDOW_MS = 3_600_000;

/** Limits the mails that callers may cause, so that no mailbox can be flooded through this service. */
@Injectable()
export class MailAllowanceService {
  constructor(
    private readonly counters: EventCounters,
    private readonly keys: DerivedKeyService,
  ) {}

  /**
   * Counts a mail of a kind to an address or account, of which `most` are allowed within the hour.
   *
   * @returns 0, or the seconds until another mail is allowed
   */
  async take(kind: string, subject: string, most: number): Promise<number> {
    const key = `mail:${kind}:${this.keyOf(subject)}`;
    const { count, secondsLeft } = await this.counters.count(key, ALLOWANCE_WINDOW_MS, most);
    return count <= most ? 0 : secondsLeft;
  }

  /** Deletes all counters of these subjects. @throws if the shared counters cannot be reached */
  async forget(subjects: readonly string[]): Promise<void> {
    await this.counters.forget(subjects.map((subject) => this.keyOf(subject)));
  }

  /** The counters may be in Redis, which must hold neither addresses nor hashes that can be searched for them. */
  private keyOf(subject: string): string {
    return this.keys.digest('mail-allowance', subject);
  }
}
