import { SecurityError } from '@app/security';
import { EntityManager, LockMode } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { writeParents } from '../branches/branch.js';
import { ChatError } from '../chat.error.js';
import { Message } from '../conversations/message.entity.js';
import { type OwnedMessage, ownedMessage } from '../conversations/owned-message.js';
import { Conversation } from '../ownership/conversation.entity.js';
import { Run } from '../ownership/run.entity.js';

/** Where a message goes in its conversation. At most one of the two is there. */
export interface MessagePlace {
  /** As the client knows it. */
  readonly conversationId?: string | undefined;
  /** The message that it is to be instead of. */
  readonly editOf?: string | undefined;
  /** The message or answer that it follows. */
  readonly parentMessageId?: string | undefined;
}

/** The conversation of a message, as the client knows it, and the run that it follows. */
export interface BranchPoint {
  readonly conversationId: string;
  readonly parentId: string;
}

/** Where branches of conversations begin. */
@Injectable()
export class BranchPoints {
  constructor(private readonly em: EntityManager) {}

  /**
   * Undefined for a message that follows the newest one.
   *
   * @throws ChatError `message_not_found`, also for one of another conversation, and for an edit of an answer
   * @throws SecurityError `invalid_input` for both at once
   */
  async of(accountId: string, place: MessagePlace): Promise<BranchPoint | undefined> {
    const { editOf, parentMessageId } = place;
    if (editOf !== undefined && parentMessageId !== undefined) throw twoPlaces();
    const id = editOf ?? parentMessageId;
    if (id === undefined) return undefined;
    const { message, conversation } = await ownedMessage(this.em.fork(), accountId, id);
    const { publicId } = conversation;
    const isElsewhere = (place.conversationId ?? publicId) !== publicId;
    if (isElsewhere || (editOf !== undefined && message.role !== 'user')) {
      throw ChatError.messageNotFound();
    }
    await this.prepare(conversation);
    const run = await this.em.fork().findOne(Run, { id: message.run.id });
    // The conversation has been deleted meanwhile.
    if (!run) throw ChatError.messageNotFound();
    return {
      conversationId: publicId,
      parentId: editOf === undefined ? run.id : run.parentId!,
    };
  }

  /** The message of the person to which a message or its answer belongs. @throws ChatError `message_not_found` */
  async question(accountId: string, id: string): Promise<OwnedMessage> {
    const em = this.em.fork();
    const { message, conversation } = await ownedMessage(em, accountId, id);
    const question =
      message.role === 'user'
        ? message
        : await em.findOne(Message, { run: message.run.id, role: 'user' });
    if (!question) throw ChatError.messageNotFound();
    return { message: question, conversation };
  }

  /** The conversation is locked before its runs, as everywhere. */
  private async prepare({ id, branched }: Conversation): Promise<void> {
    if (branched) return;
    await this.em.fork().transactional(async (em) => {
      const lockMode = LockMode.PESSIMISTIC_WRITE;
      const conversation = await em.findOne(Conversation, { id }, { lockMode });
      if (!conversation) throw ChatError.conversationNotFound();
      await writeParents(em as SqlEntityManager, id);
      conversation.branched = true;
    });
  }
}

function twoPlaces(): SecurityError {
  const message = 'edit_of and parent_message_id exclude each other';
  return SecurityError.invalidInput([{ field: 'edit_of', message }]);
}
