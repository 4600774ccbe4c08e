import { EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { PrivacyError } from '../privacy.error.js';
import type { GiveConsentDto } from './consent.dto.js';
import { Consent } from './consent.entity.js';
import { type ConsentView, toConsentView } from './consent.view.js';

/** How much of the history of one person is kept: it bounds the disk. Calls at once may pass it by a few. */
export const MAX_CONSENTS_PER_ACCOUNT = 1_000;

/** Each attempt that fails means that another call of the same person succeeded. */
const ATTEMPTS = 20;

/** What a person agrees to. Nothing is ever deleted or changed but that it came to its end. */
@Injectable()
export class ConsentService {
  constructor(private readonly em: EntityManager) {}

  /** The whole history, the latest first. */
  async list(accountId: string): Promise<ConsentView[]> {
    const found = await this.em.fork().find(Consent, { accountId }, { orderBy: { id: 'desc' } });
    return found.map(toConsentView);
  }

  /**
   * The consent as it holds now: the one of before, if it was given to the same version, else a new one, which ends
   * that of another version.
   *
   * @throws PrivacyError `consents_full`
   */
  async give(accountId: string, input: GiveConsentDto): Promise<ConsentView> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return toConsentView(await this.replace(accountId, input));
      } catch (error) {
        // Another call gave one to this purpose at the same moment: now there is one to find or to end.
        const isBeaten = error instanceof UniqueConstraintViolationException;
        if (!isBeaten || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** @throws PrivacyError `consent_not_found` if there is none that holds */
  async withdraw(accountId: string, purpose: string): Promise<void> {
    const ended = await this.em
      .fork()
      .nativeUpdate(
        Consent,
        { accountId, purpose, withdrawnAt: null },
        { withdrawnAt: new Date() },
      );
    if (ended > 0) return;
    throw new PrivacyError('consent_not_found', 'There is no consent to withdraw.');
  }

  private replace(accountId: string, { purpose, version }: GiveConsentDto): Promise<Consent> {
    return this.em.fork().transactional(async (em) => {
      const live = { accountId, purpose, withdrawnAt: null };
      const same = await em.findOne(Consent, { ...live, version });
      if (same) return same;
      if ((await em.count(Consent, { accountId })) >= MAX_CONSENTS_PER_ACCOUNT) throw full();
      const now = new Date();
      // Not one that another call has given to this version since: the insert then fails, and finds it.
      await em.nativeUpdate(Consent, { ...live, version: { $ne: version } }, { withdrawnAt: now });
      const consent = { id: v7(), accountId, purpose, version, givenAt: now, withdrawnAt: null };
      await em.insert(Consent, consent);
      return em.map(Consent, consent);
    });
  }
}

function full(): PrivacyError {
  return new PrivacyError('consents_full', 'Consent was given and withdrawn too often.');
}
