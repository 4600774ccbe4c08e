import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import type { PersonalDataSource } from '../sources/personal-data-source.js';
import { Consent } from './consent.entity.js';
import { ConsentService } from './consent.service.js';
import type { ConsentView } from './consent.view.js';

/** What this library itself keeps of a person. */
@Injectable()
export class ConsentDataSource implements PersonalDataSource {
  readonly tables = ['consents'];

  constructor(
    private readonly em: EntityManager,
    private readonly consents: ConsentService,
  ) {}

  exportOf(accountId: string): Promise<ConsentView[]> {
    return this.consents.list(accountId);
  }

  async erase(accountId: string): Promise<void> {
    await this.em.fork().nativeDelete(Consent, { accountId });
  }
}
