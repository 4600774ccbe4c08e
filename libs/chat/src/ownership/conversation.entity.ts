import { defineEntity, p } from '@mikro-orm/core';

const ConversationSchema = defineEntity({
  name: 'Conversation',
  tableName: 'conversations',
  properties: {
    id: p.uuid().primary(),
    accountId: p.uuid(),
    /** The id that the client chose, if it did; see `conversation-id.ts`. */
    chosenId: p.text().nullable(),
    profileId: p.text(),
    title: p.text(),
    /** Whose it is: the beginning of the first message, a model's, or the person's. */
    titleSource: p.text().$type<'message' | 'model' | 'person'>(),
    /** As they are searched; null while they are to be made anew. */
    titleWords: p.text().nullable(),
    pinned: p.boolean().default(false),
    archived: p.boolean().default(false),
    /** Whether it is more than one line, or was about to be. */
    branched: p.boolean().default(false),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    /** What is in it, to be counted out when it is deleted. */
    messageCount: p.integer().default(0),
    contentBytes: p.bigint('number').default(0),
    fileBytes: p.bigint('number').default(0),
    /** Set while its messages are being deleted. To every query it is gone already. */
    deletedAt: p.datetime(3).nullable(),
  },
  filters: { kept: { name: 'kept', cond: { deletedAt: null }, default: true } },
});

/** A thread of messages between one user and one assistant. */
export class Conversation extends ConversationSchema.class {
  /** The id by which the client knows it. */
  get publicId(): string {
    return this.chosenId ?? this.id;
  }
}
ConversationSchema.setClass(Conversation);
