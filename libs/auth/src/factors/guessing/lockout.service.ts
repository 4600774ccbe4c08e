import type { ClientOrigin, Principal } from '@app/access';
import { caseFold } from '@app/security';
import { emitSignal } from '@app/signals';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { Account } from '../../accounts/account.entity.js';
import { DerivedKeyService } from '../../accounts/credentials/derived-key.service.js';
import type { DeviceDto } from '../../sessions/devices/device.dto.js';
import { KnownDeviceService } from '../../sessions/devices/known-device.service.js';
import { factorConfig } from '../factor.config.js';
import { FactorError } from '../factor.error.js';
import type { GuessCounter } from './guess-counter.entity.js';
import { GuessCounterService } from './guess-counter.service.js';
import { type Credential, SUBJECT } from './guess-subjects.js';
import { InFlightAttempts } from './in-flight-attempts.js';
import { type GuessedOwner, LockNoticeService } from './lock-notice.service.js';
import { SprayingLimiter } from './spraying-limiter.js';

/**
 * Verifies a credential. `false` and `undefined` count as a failure, any other result as a success. An error reveals
 * nothing about the credential and is not counted.
 */
type CredentialTest<T> = () => Promise<T | false | undefined>;

/** The result of an attempt. */
export interface Attempt<T> {
  /** The result of the test, if it succeeded. */
  readonly proved: T | undefined;
  /** Whether the attempt failed and started a lock. */
  readonly isLocking: boolean;
}

/** The origin of an attempt. */
interface Guesser {
  readonly client: ClientOrigin;
  /** The device of the client; a known token identifies a known device. */
  readonly device?: DeviceDto;
}

/** The most counters in one statement. */
const COUNTERS_PER_STATEMENT = 500;

/**
 * The counter of failures that every verification of a credential shares (in Keycloak's CVE-2026-9798 one did not).
 * After LOCKOUT_AFTER consecutive failures, each further one doubles the lock, up to a day: a year allows fewer than
 * 400 guesses. That exceeds the 100 after which NIST SP 800-63B-4 (§3.2.2) requires a credential to be disabled; with
 * that rule an attacker could disable the accounts of others permanently. Passwords and second factors are counted
 * separately, and so are unknown devices, each known device, and the signed-in sessions on it: guesses from other
 * devices do not lock out a known device of the owner (ASVS 5.0, 6.1.1). Usernames without an account are counted like
 * any other.
 */
@Injectable()
export class LockoutService {
  private readonly inFlight = new InFlightAttempts();

  constructor(
    private readonly counters: GuessCounterService,
    private readonly spraying: SprayingLimiter,
    private readonly devices: KnownDeviceService,
    private readonly lockNotices: LockNoticeService,
    @Inject(factorConfig.KEY) private readonly config: ConfigType<typeof factorConfig>,
    private readonly keys: DerivedKeyService,
  ) {}

  /**
   * Verifies the password of a username.
   *
   * @throws FactorError `too_many_attempts`, whether or not the account exists
   */
  async testPassword<T>(
    name: string,
    { ip, knownDeviceId }: ClientOrigin,
    test: CredentialTest<T>,
  ): Promise<Attempt<T>> {
    const usernameKey = caseFold(name);
    const counted = SUBJECT.name(usernameKey);
    const attempt = await (knownDeviceId
      ? this.count(SUBJECT.device(knownDeviceId), { usernameKey }, ip, test)
      : this.spraying.attempt(ip, usernameKey, () =>
          this.count(counted, { usernameKey }, ip, test),
        ));
    return this.told(attempt, counted, ip);
  }

  /**
   * Verifies a second factor after a right password.
   *
   * @throws FactorError `too_many_attempts`
   */
  async testFactor<T>(
    { id, usernameKey }: Pick<Account, 'id' | 'usernameKey'>,
    guesser: Guesser,
    test: CredentialTest<T>,
  ): Promise<Attempt<T>> {
    const { ip } = guesser.client;
    const deviceId = await this.deviceOf(usernameKey, guesser);
    const counted = SUBJECT.factor(id);
    const attempt = await (deviceId
      ? this.count(SUBJECT.deviceFactor(deviceId), { id }, ip, test)
      : this.spraying.attempt(ip, usernameKey, () => this.count(counted, { id }, ip, test)));
    return this.told(attempt, counted, ip);
  }

  /**
   * Verifies a credential of a signed-in account.
   *
   * @throws FactorError `too_many_attempts`
   */
  async testInSession<T>(
    credential: Credential,
    { accountId, deviceId }: Principal,
    { ip }: ClientOrigin,
    test: CredentialTest<T>,
  ): Promise<T | undefined> {
    const subject = SUBJECT.session(credential, accountId, deviceId);
    return (await this.count(subject, { id: accountId }, ip, test)).proved;
  }

  /**
   * Clears the password counter of unknown devices, for example after a reset. Not the counter of second factors: a
   * reset requires only access to the mailbox.
   */
  async forgive(usernameKey: string): Promise<void> {
    await this.counters.clear(this.counterKey(SUBJECT.name(usernameKey)));
  }

  /** The existing counters of these subjects. */
  async countersOf(subjects: readonly string[]): Promise<GuessCounter[]> {
    return this.counters.read(subjects.map((subject) => this.counterKey(subject)));
  }

  /** Deletes the counters of these subjects. */
  async forget(subjects: readonly string[]): Promise<void> {
    for (let from = 0; from < subjects.length; from += COUNTERS_PER_STATEMENT) {
      const some = subjects.slice(from, from + COUNTERS_PER_STATEMENT);
      await this.counters.clear(...some.map((subject) => this.counterKey(subject)));
    }
  }

  /** How the signals of attempts, and what counts them, name these subjects. */
  digestsOf(subjects: readonly string[]): string[] {
    return subjects.map((subject) => this.counterKey(subject));
  }

  private async deviceOf(usernameKey: string, { device }: Guesser): Promise<string | undefined> {
    return device?.token ? this.devices.find(usernameKey, device.token) : undefined;
  }

  private count<T>(
    subject: string,
    owner: GuessedOwner,
    ip: string,
    test: CredentialTest<T>,
  ): Promise<Attempt<T>> {
    const { lockoutAfter } = this.config;
    const counterKey = this.counterKey(subject);
    // Tracked before the counter is read: an attempt that ends in between is counted twice rather than not at all.
    return this.inFlight.track(counterKey, async (earlier) => {
      const { failures, lockedUntil } = await this.counters.look(counterKey);
      const isLocked = lockedUntil > Date.now();
      if (isLocked || earlier >= Math.max(1, lockoutAfter - failures)) {
        const wait = isLocked ? Math.ceil((lockedUntil - Date.now()) / 1000) : 1;
        throw FactorError.tooManyAttempts(Math.max(1, wait));
      }
      const result = await test();
      if (result) {
        if (failures > 0) await this.counters.clear(counterKey);
        return { proved: result, isLocking: false };
      }
      const counted = await this.counters.countFailure(counterKey, lockoutAfter);
      const isLocking = counted.failures >= lockoutAfter;
      if (isLocking) this.lockNotices.add(owner, counted.failures === lockoutAfter, ip);
      return { proved: undefined, isLocking };
    });
  }

  /** To those who watch for attacks; a known device of the owner has the same subject as any other. */
  private told<T>(attempt: Attempt<T>, subject: string, ip: string): Attempt<T> {
    const type = attempt.proved === undefined ? 'sign-in.failed' : 'sign-in.cleared';
    emitSignal({ type, ip, subject: this.counterKey(subject) });
    return attempt;
  }

  private counterKey(subject: string): string {
    return this.keys.digest('guess-counters', subject);
  }
}
