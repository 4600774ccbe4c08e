import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { EmailTokenService } from '../accounts/email/email-token.service.js';
import { KnownDeviceService } from './devices/known-device.service.js';
import type { RevocationReason } from './session.entity.js';
import { SessionService } from './session.service.js';

/** The session and device of the caller that an eviction keeps. */
export interface Kept {
  readonly sessionId?: string;
  readonly deviceId?: string;
}

/**
 * Revokes all access to an account: its sessions end, its known devices are forgotten, and its mailed tokens are void.
 * Without the last, an email address set in a stolen session would outlive it and could reset the password.
 */
@Injectable()
export class AccessRevocationService {
  constructor(
    private readonly em: EntityManager,
    private readonly sessions: SessionService,
    private readonly devices: KnownDeviceService,
    private readonly emailTokens: EmailTokenService,
  ) {}

  async evict(accountId: string, because: RevocationReason): Promise<void> {
    const ended = await this.em
      .fork()
      .transactional((em) => this.evictIn(em, accountId, because, {}));
    this.sessions.forget(ended);
  }

  /**
   * The same in the transaction of `em`. Returns the ended sessions; the caller passes them to `forget` after the
   * commit.
   */
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
