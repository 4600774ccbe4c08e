import { insertRow } from '@app/persistence';
import { SecurityError } from '@app/security';
import { EntityManager, raw } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { v7 } from 'uuid';
import { isInUse } from '../accounts/account-use.js';
import { Account } from '../accounts/account.entity.js';
import { authConfig } from '../auth.config.js';
import type { ClientOrigin } from '../clients/client.decorator.js';
import { maskedAddress } from '../clients/masked-address.js';
import type { DeviceDto } from '../devices/device.dto.js';
import { PrincipalCache } from '../tokens/principal-cache.js';
import type { Principal } from '../tokens/principal.js';
import { type AuthMethod, type RevocationReason, Session } from './session.entity.js';

/** How exactly it is known when a session was last seen. Milliseconds. */
const SEEN_PRECISION = 60_000;

/** Those seen least lately; not one that somebody else ends at this moment. */
const END_SURPLUS = `update sessions set revoked_at = ?, revoked_because = ?
  where revoked_at is null and id in (
    select id from sessions
    where account_id = ? and revoked_at is null and expires_at > ? and last_seen_at > ?
    order by last_seen_at desc, id desc limit 100 offset ?
  ) returning id`;

/** What tokens are made of. */
export type OpenSession = Pick<Session, 'id' | 'expiresAt' | 'dpopKey'> & {
  readonly account: Pick<Account, 'id'>;
};

/** How a session comes about. */
export interface SessionStart {
  readonly client: ClientOrigin;
  readonly device?: DeviceDto;
  readonly methods: readonly AuthMethod[];
}

const SECOND_FACTORS: readonly AuthMethod[] = ['otp', 'recovery_code', 'passkey'];

@Injectable()
export class SessionService {
  private readonly log = new Logger('Sessions');

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(PrincipalCache) private readonly cache: PrincipalCache,
    @Inject(authConfig.KEY) private readonly config: ConfigType<typeof authConfig>,
  ) {}

  /** Opens a session in the transaction of `em`. */
  async open(
    em: EntityManager,
    accountId: string,
    { client, device, methods }: SessionStart,
    knownDeviceId: string | undefined,
  ): Promise<OpenSession> {
    const now = new Date();
    const hasSecondFactor = methods.some((method) => SECOND_FACTORS.includes(method));
    const { dpopKey } = client;
    const id = v7();
    const expiresAt = new Date(now.getTime() + this.config.sessionLifetime);
    await insertRow(em, 'sessions', {
      id,
      account_id: accountId,
      created_at: now,
      expires_at: expiresAt,
      last_seen_at: now,
      authenticated_at: now,
      second_factor_at: hasSecondFactor ? now : undefined,
      methods: methods.join(' '),
      known_device_id: knownDeviceId,
      device_name: device?.name,
      platform: device?.platform,
      app_version: device?.appVersion,
      ip: maskedAddress(client.ip),
      dpop_key: dpopKey,
    });
    return { id, account: { id: accountId }, expiresAt, dpopKey };
  }

  /**
   * The principal of a session, if it is live: neither revoked nor over, and its account in use.
   *
   * @throws SecurityError `unavailable` if the database does not answer
   */
  async principalOf(sessionId: string): Promise<Principal | undefined> {
    const fresh = this.cache.freshPrincipal(sessionId);
    if (fresh) return fresh;
    const checkedAt = performance.now();
    const em = this.em.fork();
    const session = await em
      .findOne(Session, { id: sessionId, ...this.isLive() }, { populate: ['account'] })
      .catch((cause: unknown) => Promise.reject(SecurityError.unavailable(cause)));
    if (!session || !isInUse(session.account) || this.cache.hasEnded(sessionId)) return undefined;
    await this.noteSeen(session, em).catch((err: unknown) =>
      this.log.error({ event: 'auth.session.unnoted', err }),
    );
    const { id: userId, role, isAnonymous, emailVerifiedAt } = session.account;
    const dpopKey = session.dpopKey ?? undefined;
    const hasVerifiedEmail = Boolean(emailVerifiedAt);
    const who = { userId, sessionId, role, isAnonymous, hasVerifiedEmail };
    const hasSecondFactor = Boolean(session.secondFactorAt);
    const deviceId = session.knownDeviceId ?? undefined;
    const principal: Principal = { ...who, deviceId, hasSecondFactor, dpopKey };
    this.cache.rememberLive(principal, checkedAt);
    return principal;
  }

  /** The live sessions of an account, the last seen first. */
  async list(accountId: string): Promise<Session[]> {
    return this.em
      .fork()
      .find(
        Session,
        { account: accountId, ...this.isLive() },
        { orderBy: { lastSeenAt: 'desc', id: 'desc' } },
      );
  }

  /**
   * Ends the live sessions beyond that many, in the transaction of `em`, which holds the account's lock. Returns which,
   * to be forgotten once it is through.
   */
  async makeRoom(em: EntityManager, accountId: string, most: number): Promise<string[]> {
    const reason: RevocationReason = 'too_many_sessions';
    const { expiresAt, lastSeenAt } = this.isLive();
    const ended = await (em as SqlEntityManager).execute<{ id: string }[]>(END_SURPLUS, [
      new Date(),
      reason,
      accountId,
      expiresAt.$gt,
      lastSeenAt.$gt,
      most,
    ]);
    return ended.map(({ id }) => id);
  }

  /** What makes a session live, as a condition of a query. */
  isLive() {
    const now = Date.now();
    return {
      revokedAt: null,
      expiresAt: { $gt: new Date(now) },
      lastSeenAt: { $gt: new Date(now - this.config.sessionIdle) },
    };
  }

  /**
   * Ends a session with all its tokens: here for the very next request, on other instances within a second. False if
   * it had ended before.
   */
  async revoke(sessionId: string, because: RevocationReason): Promise<boolean> {
    const ended = await this.em
      .fork()
      .nativeUpdate(
        Session,
        { id: sessionId, revokedAt: null },
        { revokedAt: new Date(), revokedBecause: because },
      );
    this.forget([sessionId]);
    return ended > 0;
  }

  /** Ends every session of an account, but for the one to be kept. */
  async revokeAll(accountId: string, because: RevocationReason, except?: string): Promise<void> {
    const ended = await this.em
      .fork()
      .transactional((em) => this.endAll(em, accountId, because, except));
    this.forget(ended);
  }

  /**
   * The same in the transaction of `em`. The account begins a new epoch first, which locks it: whoever signs in at this
   * moment has either done so, and that session ends here, or finds the epoch over. Returns the sessions to be forgotten
   * once the transaction is through.
   */
  async endAll(
    em: EntityManager,
    accountId: string,
    because: RevocationReason,
    except?: string,
  ): Promise<string[]> {
    const now = new Date();
    await em.nativeUpdate(Account, { id: accountId }, { epoch: raw('epoch + 1') });
    const others = { account: accountId, ...(except ? { id: { $ne: except } } : {}) };
    const open = await em.find(Session, { ...others, revokedAt: null }, { fields: ['id'] });
    await em.nativeUpdate(
      Session,
      { ...others, revokedAt: null },
      { revokedAt: now, revokedBecause: because },
    );
    return open.map(({ id }) => id);
  }

  /** Sessions that have ended are of no use here from now on. Not before their transaction is through. */
  forget(sessionIds: readonly string[]): void {
    for (const id of sessionIds) this.cache.forget(id);
  }

  private async noteSeen(session: Session, em: EntityManager): Promise<void> {
    const now = new Date();
    if (now.getTime() - session.lastSeenAt.getTime() < SEEN_PRECISION) return;
    await em.nativeUpdate(Session, { id: session.id, revokedAt: null }, { lastSeenAt: now });
  }
}
