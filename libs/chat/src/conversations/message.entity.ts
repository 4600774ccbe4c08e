import { defineEntity, p } from '@mikro-orm/core';
import { Run } from '../ownership/run.entity.js';

export type MessageRole = 'user' | 'assistant';

/** What a person may think of an answer. */
export const RATINGS = ['up', 'down'] as const;

const MessageSchema = defineEntity({
  name: 'Message',
  tableName: 'messages',
  properties: {
    /** UUIDv7: messages are read in the order of their ids. */
    id: p.uuid().primary(),
    conversationId: p.uuid(),
    run: () => p.manyToOne(Run),
    role: p.text().$type<MessageRole>(),
    content: p.text(),
    createdAt: p.datetime(3),
    rating: p.text().$type<(typeof RATINGS)[number]>().nullable(),
    ratingComment: p.text().nullable(),
  },
});

export class Message extends MessageSchema.class {}
MessageSchema.setClass(Message);
