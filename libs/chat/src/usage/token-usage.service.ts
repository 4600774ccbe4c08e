import { AtomicWriteService } from '@app/persistence';
import type { StepUsage } from '@app/models';
import { EntityManager } from '@mikro-orm/core';
import { emitSignal } from '@app/signals';
import { Injectable, Logger } from '@nestjs/common';
import { TokenUsage } from './token-usage.entity.js';
import { countTokens } from './token-metrics.js';
import { addTokenUsage } from './token-usage-write.js';
import { type UsedTokensView, toUsedTokensView } from './used-tokens.view.js';

/** The run, the account and the assistant that a model worked for. */
export interface TokenUser {
  readonly accountId: string;
  readonly profile: { readonly id: string };
  readonly runId: string;
}

/** What language models use, by run, account and day. */
@Injectable()
export class TokenUsageService {
  private readonly log = new Logger('Usage');

  constructor(
    private readonly em: EntityManager,
    private readonly writes: AtomicWriteService,
  ) {}

  /** Written with each step, so that a process which ends in the middle loses one at most. Never throws. */
  async add(
    { accountId, runId, profile }: TokenUser,
    model: string,
    usage: StepUsage,
  ): Promise<void> {
    const { inputTokens, outputTokens, isEstimated, cost } = usage;
    countTokens(model, profile.id, usage);
    if (cost) emitSignal({ type: 'cost.spent', accountId, profileId: profile.id, ...cost });
    try {
      await this.writes.apply(
        addTokenUsage({
          accountId,
          runId,
          model,
          day: dayOf(new Date()),
          profileId: profile.id,
          currency: cost?.currency ?? '',
          inputTokens,
          outputTokens,
          estimatedTokens: isEstimated ? inputTokens + outputTokens : 0,
          costNanos: cost?.nanos ?? 0,
        }),
      );
    } catch (err) {
      // The answer is there, and worth more than its count.
      this.log.error({ event: 'chat.usage.lost', runId, err });
    }
  }

  /** With each assistant today, in UTC. */
  today(accountId: string, now = new Date()): Promise<TokenUsage[]> {
    return this.em.fork().find(TokenUsage, { accountId, day: dayOf(now) });
  }

  /** Of today and of this month, in UTC. */
  async of(
    accountId: string,
    now = new Date(),
  ): Promise<{ today: UsedTokensView; month: UsedTokensView }> {
    const today = dayOf(now);
    const firstDay = `${today.slice(0, 7)}-01`;
    const rows = await this.em
      .fork()
      .find(TokenUsage, { accountId, day: { $gte: firstDay, $lte: today } });
    return {
      today: toUsedTokensView(rows.filter(({ day }) => day === today)),
      month: toUsedTokensView(rows),
    };
  }
}

function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}
