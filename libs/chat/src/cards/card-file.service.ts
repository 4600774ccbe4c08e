import type { OwnAnswer } from '@app/security';
import { Injectable } from '@nestjs/common';
import { CardFileAnswer, type FileRequest } from './card-file.answer.js';
import { CardStore } from './card.store.js';

/** Files that answers show, for the owner of their conversation. */
@Injectable()
export class CardFileService {
  constructor(private readonly cards: CardStore) {}

  /** @throws ChatError `file_not_found` */
  async send(accountId: string, id: string, request: FileRequest): Promise<OwnAnswer> {
    const file = await this.cards.find(accountId, id);
    return new CardFileAnswer(file, request, (seq) => this.cards.chunk(id, seq));
  }
}
