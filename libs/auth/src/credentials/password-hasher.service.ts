import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { createHmac } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { authConfig } from '../auth.config.js';
import type { HashingTask } from './bcrypt.worker.js';
import { credentialsConfig } from './credentials.config.js';
import { Threads } from './threads.js';

/** How many may wait for a hash: some seconds' worth. */
const MOST_WAITING = 32;

/** The hash of no password, after its cost: what a login to an unknown account is compared with. */
const NOBODY = '$abcdefghijklmnopqrstuuN2e1S6YvkL4RmWwqbTvTZ1xJYgQmBkq';

/**
 * bcrypt over a keyed digest of the password. bcrypt reads 72 bytes; 64 characters of most scripts have more. The
 * digest, 64 ASCII characters, carries every byte of the password (ASVS 5.0, 6.2.8 and 6.2.9), and its key lives
 * outside of the database. It runs on threads of its own, which give way to the one that answers requests.
 */
@Injectable()
export class PasswordHasher implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly threads = new Threads<HashingTask, string | boolean>({
    worker: 'bcrypt.worker',
    most: availableParallelism(),
    mostWaiting: MOST_WAITING,
  });

  private highest: number;

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(authConfig.KEY) private readonly config: ConfigType<typeof authConfig>,
    @Inject(credentialsConfig.KEY)
    private readonly credentials: ConfigType<typeof credentialsConfig>,
  ) {
    this.highest = credentials.cost;
  }

  /**
   * The cost that every refusal takes: the highest of any hash there is. If it were today's, a lowered one would show
   * which names have an account: those whose hash is from before.
   */
  get refusalCost(): number {
    return this.highest;
  }

  async onApplicationBootstrap(): Promise<void> {
    const em = this.em.fork() as SqlEntityManager;
    const [row] = await em.execute<{ cost: string | null }[]>(
      'select max(substr(password_hash, 5, 2)) as cost from accounts',
      [],
      'all',
    );
    this.highest = Math.max(this.highest, Number(row?.cost ?? 0));
  }

  /** @throws SecurityError `unavailable` if too many others wait */
  async hash(password: string): Promise<string> {
    const { cost } = this.credentials;
    return (await this.threads.run({
      kind: 'hash',
      digest: this.digest(password),
      cost,
    })) as string;
  }

  /**
   * False for an account that is not there or has no password, after the same work as for any other.
   *
   * @throws SecurityError `unavailable` if too many others wait
   */
  async verify(password: string, hash: string | null | undefined): Promise<boolean> {
    // Another instance may hash at a higher cost than any that was there at the start.
    if (hash) this.highest = Math.max(this.highest, costOf(hash));
    const cost = this.highest;
    const compared = hash ?? `$2b$${cost}${NOBODY}`;
    const digest = this.digest(password);
    const matches = await this.threads.run({ kind: 'verify', digest, hash: compared, cost });
    return matches === true && typeof hash === 'string';
  }

  /** Whether a hash was made at another cost than today's (ASVS 5.0, 11.4.2). */
  isOutdated(hash: string): boolean {
    return costOf(hash) !== this.credentials.cost;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.threads.stop();
  }

  /** One form for what is typed the same on different keyboards (NFKC; NIST SP 800-63B-4 §3.1.1.2). */
  private digest(password: string): string {
    return createHmac('sha384', this.config.passwordPepper)
      .update(password.normalize('NFKC'))
      .digest('base64');
  }
}

function costOf(hash: string): number {
  return Number(hash.slice(4, 6));
}
