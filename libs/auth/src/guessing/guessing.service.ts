import { foldedName } from '@app/security';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { createHmac, hkdfSync } from 'node:crypto';
import type { Account } from '../accounts/account.entity.js';
import { authConfig } from '../auth.config.js';
import { AuthError } from '../auth.error.js';
import type { ClientOrigin } from '../clients/client.decorator.js';
import type { DeviceDto } from '../devices/device.dto.js';
import { KnownDevices } from '../devices/known-devices.service.js';
import type { Principal } from '../tokens/principal.js';
import { AttemptsUnderWay } from './attempts-under-way.js';
import type { GuessCounter } from './guess-counter.entity.js';
import { GuessCounters } from './guess-counters.js';
import { type Credential, SUBJECT } from './guess-subjects.js';
import { type GuessedOwner, LockNotices } from './lock-notices.service.js';
import { Spraying } from './spraying.service.js';

/**
 * Tests a credential. What it resolves to counts as a success, `false` and `undefined` as a failure. If it throws,
 * nothing was learned of the credential, and nothing is counted.
 */
type CredentialTest<T> = () => Promise<T | false | undefined>;

/** Who tries from where. */
interface Guesser {
  readonly client: ClientOrigin;
  /** What it says of its device; a token that is known tells it from strangers. */
  readonly device?: DeviceDto;
}

/** How many counters one statement may name. */
const AT_ONCE = 500;

/**
 * The one counter of failures that every way of testing a credential shares (Keycloak's CVE-2026-9798 was one that
 * did not). After some failures in a row each further one locks for twice as long, up to a day: a year has room for
 * fewer than 400 guesses. That is more than the 100 in a row after which NIST SP 800-63B-4 (§3.2.2) wants a credential
 * disabled; whoever guesses could then disable those of others for good. Passwords and second factors are counted
 * apart, and so are strangers, each known device, and who is signed in on it: whoever guesses from elsewhere locks out
 * strangers, not the owner's own phone (ASVS 5.0, 6.1.1). Names that nobody has are counted like any other.
 */
@Injectable()
export class Guessing {
  private readonly key: Buffer;
  private readonly underWay = new AttemptsUnderWay();

  constructor(
    @Inject(GuessCounters) private readonly counters: GuessCounters,
    @Inject(Spraying) private readonly spraying: Spraying,
    @Inject(KnownDevices) private readonly devices: KnownDevices,
    @Inject(LockNotices) private readonly lockNotices: LockNotices,
    @Inject(authConfig.KEY) private readonly config: ConfigType<typeof authConfig>,
  ) {
    this.key = Buffer.from(hkdfSync('sha256', config.passwordPepper, '', 'guess-counters', 32));
  }

  /**
   * Tests the password behind a name.
   *
   * @throws AuthError `too_many_attempts`, whether or not there is such an account
   */
  async passwordOf<T>(name: string, { ip, knownDeviceId }: ClientOrigin, test: CredentialTest<T>) {
    const usernameKey = foldedName(name);
    if (knownDeviceId) return this.count(SUBJECT.device(knownDeviceId), { usernameKey }, ip, test);
    return this.spraying.attempt(ip, usernameKey, () =>
      this.count(SUBJECT.name(usernameKey), { usernameKey }, ip, test),
    );
  }

  /**
   * Tests a second factor of somebody whose password was right.
   *
   * @throws AuthError `too_many_attempts`
   */
  async factorOf<T>(
    { id, usernameKey }: Pick<Account, 'id' | 'usernameKey'>,
    guesser: Guesser,
    test: CredentialTest<T>,
  ) {
    const { ip } = guesser.client;
    const deviceId = await this.deviceOf(usernameKey, guesser);
    if (deviceId) return this.count(SUBJECT.deviceFactor(deviceId), { id }, ip, test);
    return this.spraying.attempt(ip, usernameKey, () =>
      this.count(SUBJECT.factor(id), { id }, ip, test),
    );
  }

  /**
   * Tests a credential of somebody who is signed in.
   *
   * @throws AuthError `too_many_attempts`
   */
  inSession<T>(
    credential: Credential,
    { userId, deviceId }: Principal,
    { ip }: ClientOrigin,
    test: CredentialTest<T>,
  ) {
    return this.count(SUBJECT.session(credential, userId, deviceId), { id: userId }, ip, test);
  }

  /**
   * Lets strangers try passwords again, as after a reset by its owner. Not second factors: who set the password may
   * only have read the owner's mail.
   */
  async forgive(usernameKey: string): Promise<void> {
    await this.counters.clear(this.counterKey(SUBJECT.name(usernameKey)));
  }

  /** The counters of these, as far as there are any. */
  async of(subjects: readonly string[]): Promise<GuessCounter[]> {
    return this.counters.read(subjects.map((subject) => this.counterKey(subject)));
  }

  /** Forgets what was guessed at these. */
  async forget(subjects: readonly string[]): Promise<void> {
    for (let from = 0; from < subjects.length; from += AT_ONCE) {
      const some = subjects.slice(from, from + AT_ONCE);
      await this.counters.clear(...some.map((subject) => this.counterKey(subject)));
    }
  }

  private async deviceOf(usernameKey: string, { device }: Guesser): Promise<string | undefined> {
    return device?.token ? this.devices.find(usernameKey, device.token) : undefined;
  }

  private count<T>(
    subject: string,
    owner: GuessedOwner,
    ip: string,
    test: CredentialTest<T>,
  ): Promise<T | false | undefined> {
    const { lockoutAfter } = this.config;
    const counterKey = this.counterKey(subject);
    // Under way before the look: what ends meanwhile is then counted twice rather than not at all.
    return this.underWay.during(counterKey, async (earlier) => {
      const { failures, lockedUntil } = await this.counters.look(counterKey);
      const isLocked = lockedUntil > Date.now();
      if (isLocked || earlier >= Math.max(1, lockoutAfter - failures)) {
        const wait = isLocked ? Math.ceil((lockedUntil - Date.now()) / 1000) : 1;
        throw AuthError.tooManyAttempts(Math.max(1, wait));
      }
      const result = await test();
      if (result) {
        if (failures > 0) await this.counters.clear(counterKey);
        return result;
      }
      const counted = await this.counters.countFailure(counterKey, lockoutAfter);
      if (counted.failures >= lockoutAfter) {
        this.lockNotices.add(owner, counted.failures === lockoutAfter, ip);
      }
      return result;
    });
  }

  private counterKey(subject: string): string {
    return createHmac('sha256', this.key).update(subject).digest('base64url');
  }
}
