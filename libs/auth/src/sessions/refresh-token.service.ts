import { type ClientOrigin, maskedAddress } from '@app/access';
import { EntityManager } from '@mikro-orm/core';
import { insertRow } from '@app/persistence';
import { emitSignal } from '@app/signals';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { randomBytes } from 'node:crypto';
import { isActive, isPastDeletion } from '../accounts/account-state.js';
import { DerivedKeyService } from '../accounts/credentials/derived-key.service.js';
import { sha256 } from '../accounts/credentials/sha256.js';
import { SecurityNoticeService } from '../accounts/notices/security-notice.service.js';
import { AccessBlocks } from './access-blocks.js';
import { KnownDeviceService } from './devices/known-device.service.js';
import { DpopProofService } from './dpop/dpop-proof.service.js';
import { InvalidProofError } from './dpop/invalid-proof.error.js';
import { RefreshToken } from './refresh-token.entity.js';
import { sessionConfig } from './session.config.js';
import type { Session } from './session.entity.js';
import { SessionError } from './session.error.js';
import { SessionGenerationService } from './session-generation.service.js';
import { type OpenSession, SessionService } from './session.service.js';

export interface IssuedRefreshToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** The client of a renewal, with the evidence that it is the device of the session. */
export interface RenewingDevice {
  readonly client: ClientOrigin;
  readonly deviceToken?: string;
}

export interface Renewal extends IssuedRefreshToken {
  readonly session: Session;
}

/**
 * Opaque refresh tokens, rotated at each use (RFC 9700 §4.14.2). The successor is derived from the used token, so that
 * a retry receives the same one although only hashes are stored.
 */
@Injectable()
export class RefreshTokenService {
  private readonly log = new Logger('RefreshTokens');

  constructor(
    private readonly em: EntityManager,
    private readonly sessions: SessionService,
    private readonly notices: SecurityNoticeService,
    private readonly proofs: DpopProofService,
    private readonly devices: KnownDeviceService,
    @Inject(sessionConfig.KEY) private readonly config: ConfigType<typeof sessionConfig>,
    private readonly keys: DerivedKeyService,
    private readonly blocks: AccessBlocks,
    private readonly generations: SessionGenerationService,
  ) {}

  /** The first token of a session that has been written in the transaction of `em`. */
  issue(em: EntityManager, session: OpenSession): Promise<IssuedRefreshToken> {
    return this.store(em, session, randomBytes(32).toString('base64url'));
  }

  /**
   * Consumes a token and returns its successor. A retry of a used token returns the same successor while that is
   * unused: the response was lost. Any holder may retry within REFRESH_GRACE; the device of the session, identified by
   * its key or device token, within SESSION_IDLE. Any other reuse means that the token was copied: the session ends. In
   * a session bound to a key, only the holder of that key can consume a token or end the session by reuse; any other
   * caller receives the same error whatever the state of the token.
   *
   * @throws SessionError `invalid_refresh_token`, `access_blocked`; DpopError `invalid_dpop_proof`
   */
  async rotate(token: string, caller: RenewingDevice): Promise<Renewal> {
    // Taken before the database is used, so that its delay does not count against the client.
    const arrivedAt = new Date();
    const renewal = await this.em
      .fork()
      .transactional((em) => this.redeem(em, token, caller, arrivedAt));
    if (!('reusedIn' in renewal)) return renewal;
    await this.endReused(renewal.reusedIn, caller.client.ip);
    throw SessionError.invalidRefreshToken(renewal.reusedIn.account.id);
  }

  /** Of concurrent reuses, one ends the session and notifies the owner. */
  private async endReused({ id, account, deviceName }: Session, ip: string): Promise<void> {
    if (!(await this.sessions.revoke(id, 'refresh_token_reused'))) return;
    this.log.warn({ event: 'auth.refresh.reused', sessionId: id, userId: account.id });
    emitSignal({ type: 'refresh.reused', ip, accountId: account.id });
    await this.notices.tell(account.id, 'refresh_token_reused', {
      deviceName: deviceName ?? undefined,
    });
  }

  private async redeem(
    em: EntityManager,
    token: string,
    { client: { dpopKey, ip }, deviceToken }: RenewingDevice,
    now: Date,
  ): Promise<Renewal | { reusedIn: Session }> {
    const tokenHash = sha256(token);
    // One statement checks and marks: of concurrent uses, one finds the token unused.
    const claimed = await em.nativeUpdate(
      RefreshToken,
      { tokenHash, usedAt: null, expiresAt: { $gt: now } },
      { usedAt: now },
    );
    const used = await em.findOne(RefreshToken, { tokenHash }, { populate: ['session.account'] });
    // Tokens of accounts past their deletion date are treated as unknown; the error does not name the account.
    if (used && isPastDeletion(used.session.account)) throw SessionError.invalidRefreshToken();
    // An error rolls the mark back with the transaction.
    this.assertHolder(used?.session, dpopKey);
    if (!used?.usedAt || !(await this.isLive(em, used.session, now))) {
      throw SessionError.invalidRefreshToken(used?.session.account.id);
    }
    const { account, knownDeviceId } = used.session;
    // The token stays as it was, for the end of the block.
    if (this.blocks.isAccountBlocked(account.id) || this.blocks.isDeviceBlocked(knownDeviceId)) {
      throw SessionError.accessBlocked(account.id);
    }

    const successor = this.successorOf(token);
    if (claimed === 1) {
      Object.assign(used.session, { lastSeenAt: now, ip: maskedAddress(ip) });
      return { ...(await this.store(em, used.session, successor)), session: used.session };
    }
    const stored = await em.findOne(RefreshToken, { tokenHash: sha256(successor) });
    const since = now.getTime() - used.usedAt.getTime();
    const isRetry =
      stored &&
      !stored.usedAt &&
      (since <= this.config.refreshGrace ||
        (since <= this.config.idle && (await this.isDevice(em, used.session, deviceToken))));
    if (!isRetry) return { reusedIn: used.session };
    return { token: successor, expiresAt: this.lastUse(used.session), session: used.session };
  }

  /** Whether the caller is the device of the session. The key of a bound session has been checked by `assertHolder`. */
  private async isDevice(
    em: EntityManager,
    { dpopKey, knownDeviceId, account }: Session,
    deviceToken: string | undefined,
  ): Promise<boolean> {
    if (dpopKey) return true;
    if (!knownDeviceId || !deviceToken) return false;
    return this.devices.isDevice(em, account.id, knownDeviceId, deviceToken);
  }

  private assertHolder(session: Session | undefined, dpopKey: string | undefined): void {
    if (!session) return;
    const { id } = session.account;
    if (session.dpopKey && session.dpopKey !== dpopKey) throw new InvalidProofError('key', id);
    // A session is bound when it is opened or never: a later binding could be made by a thief.
    if (!session.dpopKey && this.proofs.areRequired) throw SessionError.invalidRefreshToken(id);
  }

  private async store(
    em: EntityManager,
    session: OpenSession,
    token: string,
  ): Promise<IssuedRefreshToken> {
    await insertRow(em, 'refresh_tokens', {
      token_hash: sha256(token),
      session_id: session.id,
      created_at: new Date(),
      // The expiry of the session, not the idle limit: a session used only by its access token is not idle.
      expires_at: session.expiresAt,
    });
    return { token, expiresAt: this.lastUse(session) };
  }

  /** When the token expires if the session is not used otherwise. */
  private lastUse({ expiresAt }: Pick<Session, 'expiresAt'>): Date {
    return new Date(Math.min(Date.now() + this.config.idle, expiresAt.getTime()));
  }

  /** The same as `SessionService.isLive` for a loaded session, and that its account is active. */
  private async isLive(em: EntityManager, session: Session, now: Date): Promise<boolean> {
    const { revokedAt, expiresAt, lastSeenAt, account, generation } = session;
    if (revokedAt || expiresAt <= now || !isActive(account)) return false;
    if (now.getTime() - lastSeenAt.getTime() >= this.config.idle) return false;
    return this.generations.isCurrent(em, generation);
  }

  private successorOf(token: string): string {
    return this.keys.digest('refresh-token-successor', token);
  }
}
