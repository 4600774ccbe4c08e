import { ConfigurationError } from '@app/config';
import { Injectable, Logger } from '@nestjs/common';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import type { ProfileSource } from '../profiles/profile-source.js';
import { ProfileVersionStore } from './profile-version.store.js';

/** Has this process serve the versions that are in force. */
@Injectable()
export class AppliedVersions {
  private readonly log = new Logger('Profiles');
  /** What is served, and what could not be, as one text. */
  private applied = '';
  private sources = new Map<string, ProfileSource>();
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: ProfileVersionStore,
    private readonly catalog: ProfileCatalog,
  ) {}

  /** One after the other: what was read first must not be served last. */
  apply(): Promise<void> {
    const next = this.turn.then(() => this.applyOnce());
    this.turn = next.catch(() => undefined);
    return next;
  }

  private async applyOnce(): Promise<void> {
    const states = await this.store.inForce();
    const wanted = states
      .flatMap(({ profileId, version }) => (version === null ? [] : [`${profileId}@${version}`]))
      .toSorted();
    if (wanted.join(' ') === this.applied) return;
    const sources = new Map<string, ProfileSource>();
    for (const key of wanted) {
      const source = this.sources.get(key) ?? (await this.read(key));
      if (source) sources.set(key, source);
    }
    this.applied = wanted.join(' ');
    this.serve(sources);
  }

  /** What does not fit here, as a model that this process lacks, is told of once, and changes nothing. */
  private serve(sources: Map<string, ProfileSource>): void {
    try {
      this.catalog.serve([...sources.values()]);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      this.log.error({ event: 'chat.profiles.refused', reason: error.message });
      return;
    }
    this.sources = sources;
    this.log.log({ event: 'chat.profiles.served', count: sources.size });
  }

  private read(key: string): Promise<ProfileSource | undefined> {
    const [profileId, version] = key.split('@') as [string, string];
    return this.store.source(profileId, Number(version));
  }
}
