import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { ChatError } from '../chat.error.js';
import type { FeedbackDto } from './feedback.dto.js';
import { Message } from './message.entity.js';
import { ownedMessage } from './owned-message.js';

/** What a person thinks of answers. */
@Injectable()
export class FeedbackService {
  constructor(private readonly em: EntityManager) {}

  /** What was given before is replaced. @throws ChatError `message_not_found`, also for what is no answer */
  async give(accountId: string, id: string, { rating, comment }: FeedbackDto): Promise<void> {
    const em = this.em.fork();
    const { message } = await ownedMessage(em, accountId, id);
    if (message.role !== 'assistant') throw ChatError.messageNotFound();
    const given =
      rating === 'none'
        ? { rating: null, ratingComment: null }
        : { rating, ratingComment: comment ?? null };
    await em.nativeUpdate(Message, { id }, given);
  }
}
