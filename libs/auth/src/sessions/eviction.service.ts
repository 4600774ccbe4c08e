import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { KnownDevices } from '../devices/known-devices.service.js';
import { EmailTokens } from '../email/email-tokens.service.js';
import type { RevocationReason } from './session.entity.js';
import { SessionService } from './session.service.js';

/** What stays of whoever asks. */
export interface Kept {
  readonly sessionId?: string;
  readonly deviceId?: string;
}

/**
 * Takes an account back from whoever else may be in it. Their sessions end, their devices are strangers, and what was
 * mailed is void: an address that was named in a stolen session would otherwise outlive it, and reset the password.
 */
@Injectable()
export class Eviction {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(SessionService) private readonly sessions: SessionService,
    @Inject(KnownDevices) private readonly devices: KnownDevices,
    @Inject(EmailTokens) private readonly emailTokens: EmailTokens,
  ) {}

  async evict(accountId: string, because: RevocationReason): Promise<void> {
    const ended = await this.em
      .fork()
      .transactional((em) => this.evictIn(em, accountId, because, {}));
    this.sessions.forget(ended);
  }

  /** The same in the transaction of `em`. Returns the sessions to be forgotten once it is through. */
  async evictIn(
    em: EntityManager,
    accountId: string,
    because: RevocationReason,
    keep: Kept,
  ): Promise<string[]> {
    const ended = await this.sessions.endAll(em, accountId, because, keep.sessionId);
    await this.devices.forgetAll(em, accountId, keep.deviceId);
    await this.emailTokens.void(accountId, ['verify', 'reset'], em);
    return ended;
  }
}
