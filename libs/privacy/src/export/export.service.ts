import { Inject, Injectable } from '@nestjs/common';
import type { Readable } from 'node:stream';
import { PersonalDataSources } from '../sources/personal-data-source.js';
import { jsonStream } from './json-stream.js';

/** Gathers everything that is kept of a person (GDPR, articles 15 and 20). */
@Injectable()
export class ExportService {
  constructor(@Inject(PersonalDataSources) private readonly sources: PersonalDataSources) {}

  /**
   * The document, as a stream: its size has no bound, what is in memory at a time has one. Every source is asked
   * before the first byte leaves, so that one which is away fails the call and not half of a file.
   *
   * @throws SecurityError `unavailable`
   */
  async export(userId: string): Promise<Readable> {
    const sections: Record<string, unknown> = { exportedAt: new Date().toISOString(), userId };
    for (const [name, source] of this.sources) sections[name] = await source.exportOf(userId);
    return jsonStream(sections);
  }
}
