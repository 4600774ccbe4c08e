import { RecurringJob } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { chatConfig } from '../chat.config.js';
import { Conversation } from '../ownership/conversation.entity.js';
import { ConversationService } from './conversation.service.js';

/** How often conversations are looked for that are kept no longer. Milliseconds. */
const SWEEP_INTERVAL_MS = 600_000;

/** How many are read at once. Each is deleted by itself, so that other calls do not wait for all of them. */
const CONVERSATIONS_PER_STEP = 50;

/** Deletes conversations without a new message for `HISTORY_KEPT`, if that is set. Any instance does it for all. */
@Injectable()
export class UnusedConversationsJob extends RecurringJob {
  protected readonly log = new Logger('Conversations');

  constructor(
    private readonly em: EntityManager,
    private readonly conversations: ConversationService,
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
  ) {
    super(SWEEP_INTERVAL_MS, 'chat.conversations.unchecked');
  }

  override async onApplicationBootstrap(): Promise<void> {
    if (this.config.historyKept !== undefined) await super.onApplicationBootstrap();
  }

  protected async run(): Promise<void> {
    const unusedSince = new Date(Date.now() - this.config.historyKept!);
    let count = 0;
    let found = CONVERSATIONS_PER_STEP;
    while (found === CONVERSATIONS_PER_STEP && !this.shutdown.signal.aborted) {
      const some = await this.em.fork().find(
        Conversation,
        { updatedAt: { $lt: unusedSince } },
        {
          orderBy: { updatedAt: 'asc' },
          limit: CONVERSATIONS_PER_STEP,
          fields: ['id', 'accountId'],
        },
      );
      for (const { id, accountId } of some) {
        if (await this.conversations.deleteUnused(accountId, id, unusedSince)) count += 1;
      }
      found = some.length;
    }
    if (count > 0) this.log.log({ event: 'chat.conversations.expired', count });
  }
}
