import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { ChatError, type ChatErrorCode } from '../chat.error.js';
import { cardsOfRuns } from '../cards/cards-of-runs.js';
import { ANSWER_FAILURES, type AnswerFailure } from '../engine/engine.js';
import { RunWatchers } from '../events/run-watchers.js';
import { waitsForPerson } from '../ownership/run.entity.js';
import type { OwnedRun } from '../ownership/owned-run.js';
import type { ChatView } from './chat.view.js';
import { RunEndWatcher } from './run-end.watcher.js';
import { RunStore } from './run-store.js';

/** Answers to messages that have come before. */
@Injectable()
export class EarlierAnswerService implements OnModuleDestroy {
  private readonly stop = Promise.withResolvers<void>();
  private isStopping = false;

  constructor(
    private readonly em: EntityManager,
    private readonly store: RunStore,
    private readonly watchers: RunWatchers,
  ) {}

  /** Another process tells the ends of runs, when this one does no more. */
  onModuleDestroy(): void {
    this.isStopping = true;
    this.stop.resolve();
  }

  /**
   * The answer that the run has given, or will give, as it was given to the first message; undefined for one that waits
   * for the person.
   *
   * @throws ChatError as for the first message; `run_interrupted` if the process that worked on the run died
   */
  async of(accountId: string, runId: string): Promise<ChatView | undefined> {
    const { run, conversation } = await this.settled(accountId, runId);
    if (!run.finishedAt) return undefined;
    const conversationId = conversation.publicId;
    const failure = ANSWER_FAILURES.find((code) => code === run.errorCode);
    if (run.status !== 'succeeded' && !failure) {
      const { code, message } = ChatError.failed(codeOf(run));
      throw new ChatError(code, message, { conversationId });
    }
    const cards = (await cardsOfRuns(this.em.fork(), [runId])).get(runId);
    return {
      response: await this.textOf(runId),
      ...(cards ? { cards: [...cards] } : {}),
      ...failed(failure),
      metadata: {
        profileId: conversation.profileId,
        timestamp: run.finishedAt.toISOString(),
        processingTime: run.finishedAt.getTime() - run.createdAt.getTime(),
      },
      conversationId,
    };
  }

  private async settled(accountId: string, runId: string): Promise<OwnedRun> {
    for (;;) {
      const watcher = new RunEndWatcher(runId);
      this.watchers.add(watcher);
      try {
        const owned = await this.store.find(accountId, runId);
        if (owned.run.finishedAt || waitsForPerson(owned.run)) return owned;
        await Promise.race([watcher.woken, this.stop.promise]);
      } finally {
        this.watchers.remove(watcher);
      }
      if (this.isStopping) throw ChatError.shuttingDown();
    }
  }

  private async textOf(runId: string): Promise<string> {
    const rows = await (this.em.fork() as SqlEntityManager).execute<{ content: string }[]>(
      `select content from messages where run_id = ? and role = 'assistant'`,
      [runId],
    );
    return rows[0]?.content ?? '';
  }
}

function failed(errorCode: AnswerFailure | undefined) {
  return errorCode ? { isError: true, errorCode } : {};
}

/** An error of ours has no words for the person. */
function codeOf({ status, errorCode }: OwnedRun['run']): ChatErrorCode {
  if (status === 'interrupted') return errorCode === 'input_lost' ? errorCode : 'run_interrupted';
  if (status === 'cancelled') return 'run_cancelled';
  return errorCode === null || errorCode === 'internal_error'
    ? 'assistant_failed'
    : (errorCode as ChatErrorCode);
}
