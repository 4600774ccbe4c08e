import { defineEntity, p } from '@mikro-orm/core';

const ChatUsageSchema = defineEntity({
  name: 'ChatUsage',
  tableName: 'chat_usage',
  properties: {
    accountId: p.uuid().primary(),
    conversations: p.integer(),
    messages: p.integer(),
    /** Of the texts of the messages, as UTF-8. */
    bytes: p.bigint('number'),
    /** Of the files in cards. */
    fileBytes: p.bigint('number').default(0),
  },
});

/** What one account keeps in conversations: counted as it comes and goes, so that no message waits for a count. */
export class ChatUsage extends ChatUsageSchema.class {}
ChatUsageSchema.setClass(ChatUsage);
