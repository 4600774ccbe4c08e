import { EntityManager, type FilterQuery, LockMode, raw } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { type CardsByRun, cardsOfRuns } from '../cards/cards-of-runs.js';
import { ChatError } from '../chat.error.js';
import { Conversation } from '../ownership/conversation.entity.js';
import { ownedConversation } from '../ownership/owned-conversation.js';
import { UsageService } from '../usage/usage.service.js';
import { usedInConversation } from '../usage/used-in-conversation.js';
import { toUsedTokensView } from '../usage/used-tokens.view.js';
import type { ChangeConversationDto } from './conversation.dto.js';
import {
  type ConversationDetailsView,
  type ConversationPageView,
  type ConversationView,
  type HistoryView,
  toConversationView,
  toMessageView,
} from './conversation.view.js';
import { deletionStep } from './delete-conversations.js';
import { DeletedConversationsJob } from './deleted-conversations.job.js';
import { runsOfPage } from './branch-page.js';
import { siblingsOf } from './siblings.js';
import { messagesOfPage } from './messages-of-page.js';
import { type Cursor, cursorsOf, type Page, pageRows } from './page.js';

const NO_SIBLINGS: Awaited<ReturnType<typeof siblingsOf>> = new Map();
const NO_CARDS: CardsByRun = new Map();

/** Conversations of one user. Each query names the owner: another user's conversation is not there to be found. */
@Injectable()
export class ConversationService {
  constructor(
    private readonly em: EntityManager,
    private readonly usage: UsageService,
    private readonly deletions: DeletedConversationsJob,
  ) {}

  /** Pinned ones first, then the last used first. */
  async list(accountId: string, archived: boolean, page: Page): Promise<ConversationPageView> {
    const { cursor, limit } = page;
    const order = cursor?.direction === 'previous' ? 'asc' : 'desc';
    const found = await this.em
      .fork()
      .find(
        Conversation,
        { accountId, archived, ...(cursor ? beyond(cursor) : {}) },
        { orderBy: { pinned: order, updatedAt: order, id: order }, limit: limit + 1 },
      );
    const rows = pageRows(found.slice(0, limit), found.length > limit, page);
    return { conversations: rows.rows.map(toConversationView), ...cursorsOf(rows, placeOf) };
  }

  /** One of them, with what it has used. @throws ChatError `conversation_not_found` */
  async get(accountId: string, id: string): Promise<ConversationDetailsView> {
    const em = this.em.fork();
    const conversation = await ownedConversation(em, accountId, id);
    const usage = toUsedTokensView(await usedInConversation(em, conversation.id));
    return Object.assign(toConversationView(conversation), { usage });
  }

  /**
   * The messages on one side of the cursor, oldest first: the latest without one. A page ends where the next message
   * would make it too long, so that an answer has a bound in bytes, too.
   *
   * @param leaf see `runsOfPage`
   * @throws ChatError `conversation_not_found`, `message_not_found`
   */
  async history(accountId: string, id: string, page: Page, leaf?: string): Promise<HistoryView> {
    const em = this.em.fork() as SqlEntityManager;
    const conversation = await ownedConversation(em, accountId, id);
    const runs = await runsOfPage(em, conversation, leaf, page);
    const { messages, hasMore } = await messagesOfPage(em, conversation.id, page, runs);
    const rows = pageRows(messages, hasMore, page);
    const siblings = conversation.branched ? await siblingsOf(em, messages) : NO_SIBLINGS;
    const answered = messages.filter(({ role }) => role === 'assistant').map(({ run }) => run.id);
    const cards = conversation.fileBytes > 0 ? await cardsOfRuns(em, answered) : NO_CARDS;
    return {
      conversationId: conversation.publicId,
      profileId: conversation.profileId,
      messages: rows.rows
        .toReversed()
        .map((message) =>
          toMessageView(message, siblings.get(message.id), cards.get(message.run.id)),
        ),
      ...cursorsOf(rows, (message) => [message.id]),
    };
  }

  /** @throws ChatError `conversation_not_found` */
  async change(
    accountId: string,
    id: string,
    { title, pinned, archived }: ChangeConversationDto,
  ): Promise<ConversationView> {
    const em = this.em.fork();
    const conversation = await ownedConversation(em, accountId, id);
    // Only what was sent, and is not null: a title of the model may come in between.
    const changes = {
      ...(typeof title === 'string' && { title, titleWords: null, titleSource: 'person' as const }),
      ...(typeof pinned === 'boolean' && { pinned }),
      ...(typeof archived === 'boolean' && { archived }),
    };
    if (Object.keys(changes).length > 0)
      // A statement, as the words of the former title may be kept at this moment.
      await em.nativeUpdate(Conversation, { id: conversation.id, accountId }, changes);
    Object.assign(conversation, changes);
    return toConversationView(conversation);
  }

  /** Deletes it with its messages. @throws ChatError `conversation_not_found` */
  async delete(accountId: string, id: string): Promise<void> {
    const { id: key } = await ownedConversation(this.em.fork(), accountId, id);
    if (!(await this.deleteIf({ id: key, accountId }))) throw ChatError.conversationNotFound();
  }

  /** Deletes it unless a message has come meanwhile. */
  deleteUnused(accountId: string, id: string, unusedSince: Date): Promise<boolean> {
    return this.deleteIf({ id, accountId, updatedAt: { $lt: unusedSince } });
  }

  /** A long one is marked, by which it is gone to every query, and its messages are deleted step by step afterwards. */
  private async deleteIf(
    which: FilterQuery<Conversation> & { id: string; accountId: string },
  ): Promise<boolean> {
    const found = await this.em.fork().transactional(async (em) => {
      const lockMode = LockMode.PESSIMISTIC_WRITE;
      const conversation = await em.findOne(Conversation, which, { lockMode });
      if (!conversation) return undefined;
      const {
        id,
        accountId,
        messageCount: messages,
        contentBytes: bytes,
        fileBytes,
      } = conversation;
      const step = deletionStep(em);
      const isLong = messages > step.messages || bytes > step.bytes || fileBytes > 0;
      // Before the runs, as where a run begins or ends.
      await this.usage.giveBack(em, accountId, { messages, bytes, fileBytes });
      if (isLong) await em.nativeUpdate(Conversation, { id, accountId }, { deletedAt: new Date() });
      else await em.nativeDelete(Conversation, { id, accountId });
      return { isLong };
    });
    if (found?.isLong) this.deletions.request();
    return found !== undefined;
  }
}

/** The sort key of the list. */
function placeOf({ pinned, updatedAt, id }: Conversation): readonly string[] {
  return [pinned ? '1' : '0', updatedAt.toISOString(), id];
}

/** Compared as rows: only thus does the index begin at the cursor. */
function beyond({ direction, key: [pinned, updatedAt, id] }: Cursor) {
  const place = `(pinned, updated_at, id) ${direction === 'next' ? '<' : '>'} (?, ?, ?)`;
  return { [raw(place, [pinned === '1', new Date(updatedAt!), id])]: [] };
}
