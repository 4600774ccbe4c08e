import { AccountDeletion } from '@app/auth';
import { DeletedTraces } from '@app/persistence';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { ErasureService } from './erasure.service.js';
import { Leftovers } from './leftovers.js';

/** How often accounts are looked for whose time has come. Milliseconds. */
const LOOK_EVERY = 2_000;

/**
 * How long an erasure has to have begun. From its begin on no call names the account; those from before come to their
 * end, with their record in the audit trail: a statement is given ten seconds, the queue of passwords some. And
 * every instance has had its looks, and has erased what it keeps for itself. Milliseconds.
 */
const SETTLED_AFTER = 11_000;

/** How often devices are looked for that nobody can sign in with any more, and what erasures left behind. Milliseconds. */
const LOOK_AROUND_EVERY = 3_600_000;

/** Erases whoever is due. Any instance does it for all; two may do it at once. */
@Injectable()
export class DueErasures implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('Erasures');
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly underWay = new Map<() => Promise<void>, Promise<void>>();

  constructor(
    @Inject(AccountDeletion) private readonly accounts: AccountDeletion,
    @Inject(ErasureService) private readonly erasures: ErasureService,
    @Inject(Leftovers) private readonly leftovers: Leftovers,
    @Inject(DeletedTraces) private readonly traces: DeletedTraces,
  ) {}

  /** No start waits for the first look around: it reads a folder for each person who has files. */
  onApplicationBootstrap(): void {
    this.every(LOOK_EVERY, () => this.eraseDue());
    this.every(LOOK_AROUND_EVERY, () => this.lookAround())();
  }

  /** Nothing is begun any more; what has begun comes to its end, while the database is still there. */
  async onModuleDestroy(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all(this.underWay.values());
  }

  /** Not while it is still at it from the last time. Returns what does it at once. */
  private every(period: number, work: () => Promise<void>): () => void {
    const tick = () => {
      if (this.underWay.has(work)) return;
      this.underWay.set(
        work,
        work().finally(() => this.underWay.delete(work)),
      );
    };
    this.timers.push(setInterval(tick, period).unref());
    return tick;
  }

  private async eraseDue(): Promise<void> {
    try {
      for await (const userId of this.accounts.dueBefore(new Date())) await this.attend(userId);
      await this.traces.wipe();
    } catch (err) {
      this.log.error({ event: 'privacy.erasures.unchecked', err });
    }
  }

  /** One that fails is tried again with the next look, and keeps no other one waiting. */
  private async attend(userId: string): Promise<void> {
    try {
      if (await this.erasures.isInUse(userId)) return;
      await this.erasures.eraseHere(userId);
      const begun = await this.erasures.begin(userId);
      if (!begun || Date.now() - begun.begunAt.getTime() < SETTLED_AFTER) return;
      await this.erasures.erase(begun);
      this.log.log({ event: 'privacy.account.erased', userId });
    } catch (err) {
      this.log.error({ event: 'privacy.erasure.failed', userId, err });
    }
  }

  private async lookAround(): Promise<void> {
    try {
      await this.accounts.markAbandoned();
    } catch (err) {
      this.log.error({ event: 'privacy.devices.unchecked', err });
    }
    try {
      const count = await this.leftovers.erase();
      if (count > 0) this.log.warn({ event: 'privacy.leftovers.erased', count });
    } catch (err) {
      this.log.error({ event: 'privacy.leftovers.unchecked', err });
    }
  }
}
