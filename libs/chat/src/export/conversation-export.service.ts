import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable, StreamableFile } from '@nestjs/common';
import { Readable } from 'node:stream';
import { fileDisposition } from '../cards/file-disposition.js';
import { ownedConversation } from '../ownership/owned-conversation.js';
import type { ExportFormat } from './conversation-export.dto.js';
import { asJson, asMarkdown } from './conversation-file.js';

const FILES = {
  markdown: { write: asMarkdown, extension: 'md', type: 'text/markdown; charset=utf-8' },
  json: { write: asJson, extension: 'json', type: 'application/json; charset=utf-8' },
} as const;

/** Conversations as files. They are read while they are sent, never faster than the client takes them. */
@Injectable()
export class ConversationExportService {
  constructor(private readonly em: EntityManager) {}

  /** @throws ChatError `conversation_not_found` */
  async export(accountId: string, id: string, format: ExportFormat): Promise<StreamableFile> {
    const em = this.em.fork() as SqlEntityManager;
    const conversation = await ownedConversation(em, accountId, id);
    const { write, extension, type } = FILES[format];
    const name = { title: conversation.title, plain: 'conversation', extension };
    const disposition = fileDisposition('attachment', name);
    const content = Readable.from(write(em, conversation), { objectMode: false });
    return new StreamableFile(content, { type, disposition });
  }
}
