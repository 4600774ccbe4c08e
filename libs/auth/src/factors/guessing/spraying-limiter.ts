import { AuditTrail, currentRequest } from '@app/logging';
import { clientAddress, EventCounters } from '@app/security';
import { emitSignal } from '@app/signals';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { sha256 } from '../../accounts/credentials/sha256.js';
import { factorConfig } from '../factor.config.js';
import { FactorError } from '../factor.error.js';
import { InFlightAttempts } from './in-flight-attempts.js';

/**
 * While the whole service is under a spraying attack, an address may fail on this fraction of the usual number of
 * accounts.
 */
const ATTACK_SHARE = 0.25;

/**
 * An address on which many have signed in may fail on more accounts: one for so many of those. Three hundred people of an
 * office mistype as many passwords as an attacker tries, but they then get in.
 */
const PROVED_PER_FAILURE = 4;

/**
 * Limits password spraying, which the counters of single accounts do not detect: counts the different accounts on which
 * one client address, and all addresses together, have failed and not got in afterwards.
 */
@Injectable()
export class SprayingLimiter {
  private readonly log = new Logger('Spraying');
  private readonly inFlight = new InFlightAttempts();

  constructor(
    private readonly counters: EventCounters,
    private readonly trail: AuditTrail,
    @Inject(factorConfig.KEY) private readonly config: ConfigType<typeof factorConfig>,
  ) {}

  /**
   * Runs an attempt from an unknown device and counts it if it failed. Known devices are exempt. Attempts in flight
   * count as failures, so that a burst cannot pass before the first failure is counted.
   *
   * @throws FactorError `too_many_attempts`
   */
  attempt<T extends { readonly proved: unknown }>(
    ip: string,
    name: string,
    attempt: () => Promise<T>,
  ): Promise<T> {
    const address = clientAddress(ip);
    return this.inFlight.track(address, async (earlier) => {
      const wait = await this.waitFor(address, earlier);
      if (wait > 0) {
        emitSignal({ type: 'limit.hit', ip, limit: 'spraying' });
        throw FactorError.tooManyAttempts(wait);
      }
      const result = await attempt();
      await (result.proved ? this.noteSuccess(address, name) : this.noteFailure(address, name));
      return result;
    });
  }

  /** The seconds that the address has to wait; 0 if it may try. */
  private async waitFor(address: string, earlier: number): Promise<number> {
    const { perAddress, inAll } = this.config.spraying;
    const [everywhere, here, proved] = await Promise.all([
      this.counters.look('spray:all', inAll.window),
      this.counters.look(`spray:ip:${address}`, perAddress.window),
      this.counters.look(`spray:proved:${address}`, perAddress.window),
    ]);
    const usual =
      everywhere.count >= inAll.hits
        ? Math.max(1, Math.floor(perAddress.hits * ATTACK_SHARE))
        : perAddress.hits;
    const bound = Math.max(usual, Math.floor(proved.count / PROVED_PER_FAILURE));
    if (here.count >= bound) return here.secondsLeft;
    return here.count + earlier >= bound ? 1 : 0;
  }

  /** Counts a failure; repeated failures of an address on the same account count once. */
  private async noteFailure(address: string, name: string): Promise<void> {
    const { perAddress, inAll } = this.config.spraying;
    const pair = pairOf(address, name);
    const seen = await this.counters.count(`spray:pair:${pair}`, perAddress.window, 1);
    if (seen.count > 1) return;
    const here = await this.counters.count(`spray:ip:${address}`, perAddress.window);
    if (here.count === perAddress.hits) await this.tell('address', here.count);
    const everywhere = await this.counters.count('spray:all', inAll.window);
    if (everywhere.count === inAll.hits) await this.tell('everywhere', everywhere.count);
  }

  /** What failed before was a slip of a person who has the password. Each account counts once, however often it is signed in to. */
  private async noteSuccess(address: string, name: string): Promise<void> {
    const { perAddress } = this.config.spraying;
    const pair = pairOf(address, name);
    const [failed, proved] = await Promise.all([
      this.counters.look(`spray:pair:${pair}`, perAddress.window),
      this.counters.count(`spray:proof:${pair}`, perAddress.window, 1),
    ]);
    if (proved.count === 1) {
      await this.counters.count(`spray:proved:${address}`, perAddress.window);
    }
    if (failed.count === 0) return;
    const keys = [`spray:pair:${pair}`, `spray:ip:${address}`, 'spray:all'];
    await Promise.all(keys.map((key) => this.counters.release(key)));
  }

  private async tell(reason: 'address' | 'everywhere', count: number): Promise<void> {
    const { requestId, ip } = currentRequest() ?? { requestId: 'none', ip: 'none' };
    this.log.warn({ event: 'auth.spraying', reason, count, ip });
    await this.trail.record({
      action: 'sign_in.sprayed',
      outcome: reason,
      ip,
      requestId,
    });
  }
}

/** Stands for an account and an address in the keys of counters. */
function pairOf(address: string, name: string): string {
  return sha256(`${address} ${name}`);
}
