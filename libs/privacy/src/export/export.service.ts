import { Inject, Injectable } from '@nestjs/common';
import type { Readable } from 'node:stream';
import { PrivacyError } from '../privacy.error.js';
import { PersonalDataSources } from '../sources/personal-data-source.js';
import { jsonStream } from './json-stream.js';

/** Exports that are sent at a time, of all accounts together; one per account. */
const MAX_EXPORTS_AT_ONCE = 4;

/** How long one export may take: a slow reader must not block the others indefinitely. Milliseconds. */
const LONGEST_EXPORT_MS = 15 * 60_000;

/** Exports the personal data of an account (GDPR, articles 15 and 20). */
@Injectable()
export class ExportService {
  /** The accounts whose exports are being sent. */
  private readonly running = new Set<string>();

  constructor(@Inject(PersonalDataSources) private readonly sources: PersonalDataSources) {}

  /**
   * The document, as a stream: its size has no bound, what is in memory at a time has one. Every source is asked
   * before the first byte leaves, so that one which is away fails the call and not half of a file.
   *
   * @throws SecurityError `unavailable`
   * @throws PrivacyError `export_busy`
   */
  async export(accountId: string): Promise<Readable> {
    if (this.running.has(accountId) || this.running.size >= MAX_EXPORTS_AT_ONCE) {
      throw PrivacyError.exportBusy();
    }
    this.running.add(accountId);
    try {
      const document = jsonStream(await this.sections(accountId));
      const timer = setTimeout(() => document.destroy(), LONGEST_EXPORT_MS).unref();
      document.once('close', () => {
        clearTimeout(timer);
        this.running.delete(accountId);
      });
      return document;
    } catch (error) {
      this.running.delete(accountId);
      throw error;
    }
  }

  private async sections(accountId: string): Promise<object> {
    const sections: Record<string, unknown> = {
      exportedAt: new Date().toISOString(),
      userId: accountId,
    };
    for (const [name, source] of this.sources) sections[name] = await source.exportOf(accountId);
    return sections;
  }
}
