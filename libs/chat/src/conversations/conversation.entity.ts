import { defineEntity, p } from '@mikro-orm/core';

const ConversationSchema = defineEntity({
  name: 'Conversation',
  tableName: 'conversations',
  properties: {
    id: p.uuid().primary(),
    accountId: p.uuid(),
    profileId: p.text(),
    title: p.text(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
  },
});

/** A thread of messages between one user and one assistant. */
export class Conversation extends ConversationSchema.class {}
ConversationSchema.setClass(Conversation);
