import { Inject, Injectable } from '@nestjs/common';
import { getStorageToken } from '@nestjs/throttler';
import { caseFold } from './case-fold.js';
import type { LimitStorage } from './memory-throttler.storage.js';
import { claimKey, deviceClaim } from './throttler-options.js';

/** What the limits know of a person: how often they called lately. */
@Injectable()
export class LimitDataSource {
  readonly tables: readonly string[] = [];
  /** An instance that Redis has left alone counts by itself. */
  readonly isPerInstance = true;

  constructor(@Inject(getStorageToken()) private readonly storage: LimitStorage) {}

  /** Counts of calls that are over in a day at most, and that each answer carries in its headers. */
  exportOf(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** @throws if the shared counters cannot be reached */
  erase(accountId: string): Promise<void> {
    return this.storage.forget([accountId]);
  }

  /** Forgets the guesses at accounts of these names. @throws if the shared counters cannot be reached */
  forgetNames(names: readonly string[]): Promise<void> {
    return this.storage.forget(names.map((name) => claimKey(caseFold(name))));
  }

  /** Forgets the sign-ins from these devices. @throws if the shared counters cannot be reached */
  forgetDevices(ids: readonly string[]): Promise<void> {
    return this.storage.forget(ids.map((id) => claimKey(deviceClaim(id))));
  }

  /** Forgets what is counted under keys that hold these texts. @throws if the shared counters cannot be reached */
  forgetKeysWith(texts: readonly string[]): Promise<void> {
    return this.storage.forget(texts);
  }
}
