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
import type { HashingTask } from './bcrypt.worker.js';
import { credentialsConfig } from './credentials.config.js';
import { Threads } from './threads.js';
import { OPERATOR, type Turn } from './turn-queue.js';

/** The most tasks that wait for a hash, in total and per client address: a few seconds of work. */
const MAX_WAITING_TASKS = 128;
const MAX_WAITING_TASKS_PER_ADDRESS = 64;

/** The decoy for sign-ins to unknown accounts: a bcrypt hash of no password, without its prefix. */
const DECOY_HASH = '$abcdefghijklmnopqrstuuN2e1S6YvkL4RmWwqbTvTZ1xJYgQmBkq';

/**
 * bcrypt over a keyed digest of the password. bcrypt reads 72 bytes; 64 characters of most scripts have more. The
 * digest, 64 ASCII characters, carries every byte of the password (ASVS 5.0, 6.2.8 and 6.2.9), and its key is stored
 * outside of the database. Hashing runs on separate threads with a lower priority than the main thread.
 */
@Injectable()
export class PasswordHashService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly threads = new Threads<HashingTask, string | boolean>({
    worker: 'bcrypt.worker',
    most: availableParallelism(),
    mostWaiting: MAX_WAITING_TASKS,
    mostWaitingPerAddress: MAX_WAITING_TASKS_PER_ADDRESS,
  });

  private highest: number;

  constructor(
    private readonly em: EntityManager,
    @Inject(credentialsConfig.KEY) private readonly config: ConfigType<typeof credentialsConfig>,
  ) {
    this.highest = config.cost;
  }

  /**
   * The cost of every refusal: the highest of any stored hash. If it were the configured cost, lowering that would
   * reveal accounts with older hashes by their slower refusals.
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

  /** @throws SecurityError `unavailable` if too many tasks wait */
  async hash(password: string, turn: Turn = OPERATOR): Promise<string> {
    const { cost } = this.config;
    const digest = this.digest(password);
    return (await this.threads.run({ kind: 'hash', digest, cost }, turn)) as string;
  }

  /**
   * False for an unknown account or one without a password, after the same work as for any other.
   *
   * @throws SecurityError `unavailable` if too many tasks wait
   */
  async verify(
    password: string,
    hash: string | null | undefined,
    turn: Turn = OPERATOR,
  ): Promise<boolean> {
    // Another instance may have hashed at a higher cost than any hash stored at the start.
    if (hash) this.highest = Math.max(this.highest, costOf(hash));
    const cost = this.highest;
    const compared = hash ?? `$2b$${cost}${DECOY_HASH}`;
    const digest = this.digest(password);
    const task = { kind: 'verify', digest, hash: compared, cost } as const;
    const matches = await this.threads.run(task, turn);
    return matches === true && typeof hash === 'string';
  }

  /** Whether a hash has a lower cost than the configured one (ASVS 5.0, 11.4.2). A hash of a higher cost is kept. */
  isOutdated(hash: string): boolean {
    return costOf(hash) < this.config.cost;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.threads.stop();
  }

  /** Normalizes input that differs between keyboards (NFKC; NIST SP 800-63B-4 §3.1.1.2). */
  private digest(password: string): string {
    return createHmac('sha384', this.config.passwordPepper)
      .update(password.normalize('NFKC'))
      .digest('base64');
  }
}

function costOf(hash: string): number {
  return Number(hash.slice(4, 6));
}
