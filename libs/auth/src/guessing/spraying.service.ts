import { AuditTrail, currentRequest } from '@app/logging';
import { clientAddress, EventCounters } from '@app/security';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { createHash } from 'node:crypto';
import { authConfig } from '../auth.config.js';
import { AuthError } from '../auth.error.js';
import { AttemptsUnderWay } from './attempts-under-way.js';

/** While the whole service is sprayed, an address may fail on this fraction of the usual number of accounts. */
const UNDER_ATTACK = 0.25;

/**
 * One password tried on many accounts, which no counter of an account sees: failures are counted by how many
 * different accounts one address, and all addresses together, have failed on.
 */
@Injectable()
export class Spraying {
  private readonly log = new Logger('Spraying');
  private readonly underWay = new AttemptsUnderWay();

  constructor(
    @Inject(EventCounters) private readonly counters: EventCounters,
    @Inject(AuditTrail) private readonly trail: AuditTrail,
    @Inject(authConfig.KEY) private readonly config: ConfigType<typeof authConfig>,
  ) {}

  /**
   * Runs a stranger's attempt at an account, and counts it if its result says that it failed. Known devices are not
   * asked. Attempts under way count as failures meanwhile: a burst must not get through before the first is counted.
   *
   * @throws AuthError `too_many_attempts`
   */
  attempt<T>(ip: string, name: string, attempt: () => Promise<T>): Promise<T> {
    const address = clientAddress(ip);
    return this.underWay.during(address, async (earlier) => {
      const wait = await this.waitFor(address, earlier);
      if (wait > 0) throw AuthError.tooManyAttempts(wait);
      const result = await attempt();
      if (!result) await this.noteFailure(address, name);
      return result;
    });
  }

  /** How long the address has to wait, in seconds; 0 if it may try. */
  private async waitFor(address: string, earlier: number): Promise<number> {
    const { perAddress, inAll } = this.config.spraying;
    const everywhere = await this.counters.look('spray:all', inAll.window);
    const bound =
      everywhere.count >= inAll.hits
        ? Math.max(1, Math.floor(perAddress.hits * UNDER_ATTACK))
        : perAddress.hits;
    const here = await this.counters.look(`spray:ip:${address}`, perAddress.window);
    if (here.count >= bound) return here.secondsLeft;
    return here.count + earlier >= bound ? 1 : 0;
  }

  /** Counts a failure; the second one of an address on the same account counts as the first. */
  private async noteFailure(address: string, name: string): Promise<void> {
    const { perAddress, inAll } = this.config.spraying;
    const pair = createHash('sha256').update(`${address} ${name}`).digest('base64url');
    const seen = await this.counters.count(`spray:pair:${pair}`, perAddress.window);
    if (seen.count > 1) return;
    const here = await this.counters.count(`spray:ip:${address}`, perAddress.window);
    if (here.count === perAddress.hits) await this.tell('address', here.count);
    const everywhere = await this.counters.count('spray:all', inAll.window);
    if (everywhere.count === inAll.hits) await this.tell('everywhere', everywhere.count);
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
