import { type ClientOrigin, maskedAddress, type Principal } from '@app/access';
import { insertRow } from '@app/persistence';
import { SecurityError } from '@app/security';
import { EntityManager, raw } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { setTimeout } from 'node:timers/promises';
import { v7 } from 'uuid';
import { isActive, NOT_PAST_DELETION_SQL } from '../accounts/account-state.js';
import { Account } from '../accounts/account.entity.js';
import type { DeviceDto } from './devices/device.dto.js';
import { sessionConfig } from './session.config.js';
import { type AuthMethod, type RevocationReason, Session } from './session.entity.js';
import {
  CURRENT_GENERATION_SQL,
  kindOf,
  SessionGenerationService,
} from './session-generation.service.js';
import { PrincipalCache } from './tokens/principal-cache.js';

/** Precision of `lastSeenAt`: a session is updated at most once per interval. Milliseconds. */
const LAST_SEEN_PRECISION_MS = 60_000;

/** The longest that a request waits for that update, so that a read is not blocked by a writer. Milliseconds. */
const NOTE_WAIT_MS = 250;

/** The most sessions that one statement looks up. */
const SESSIONS_PER_READ = 500;

/** Ends the least recently seen sessions, and skips those that a concurrent call has ended. */
const END_SURPLUS_SESSIONS_SQL = `update sessions set revoked_at = ?, revoked_because = ?
  where revoked_at is null and id in (
    select id from sessions
    where account_id = ? and revoked_at is null and expires_at > ? and last_seen_at > ?
      and ${CURRENT_GENERATION_SQL}
    order by last_seen_at desc, id desc limit 100 offset ?
  ) returning id`;

/** The sessions that `isLive` means, of accounts that are active. */
const LIVE_SESSIONS_SQL = `select s.id from sessions s join accounts a on a.id = s.account_id
  where s.revoked_at is null and s.expires_at > ? and s.last_seen_at > ?
    and ${CURRENT_GENERATION_SQL} and a.disabled_at is null and ${NOT_PAST_DELETION_SQL}`;

/** The properties of a session that its tokens are issued from. */
export type OpenSession = Pick<Session, 'id' | 'expiresAt' | 'dpopKey'> & {
  readonly account: Pick<Account, 'id'>;
};

/** The circumstances of a sign-in. */
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
    private readonly em: EntityManager,
    private readonly cache: PrincipalCache,
    private readonly generations: SessionGenerationService,
    @Inject(sessionConfig.KEY) private readonly config: ConfigType<typeof sessionConfig>,
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
    const expiresAt = new Date(now.getTime() + this.config.lifetime);
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
      generation: await this.generations.current(em, kindOf(methods)),
    });
    return { id, account: { id: accountId }, expiresAt, dpopKey };
  }

  /**
   * The principal of a live session: neither revoked nor expired, of an active account.
   *
   * @throws SecurityError `unavailable` if the database does not answer
   */
  async principalOf(sessionId: string): Promise<Principal | undefined> {
    const fresh = this.cache.freshPrincipal(sessionId);
    if (fresh) return fresh;
    const principal = await this.cache.sharedRead(sessionId, () => this.readPrincipal(sessionId));
    return this.cache.hasEnded(sessionId) ? undefined : principal;
  }

  private async readPrincipal(sessionId: string): Promise<Principal | undefined> {
    const checkedAt = performance.now();
    const em = this.em.fork();
    const session = await em
      .findOne(Session, { id: sessionId, ...this.isLive() }, { populate: ['account'] })
      .catch((cause: unknown) => Promise.reject(SecurityError.unavailable(cause)));
    if (!session || !isActive(session.account) || this.cache.hasEnded(sessionId)) return undefined;
    const noted = this.noteSeen(session, em).catch((err: unknown) =>
      this.log.error({ event: 'auth.session.unnoted', err }),
    );
    await Promise.race([noted, setTimeout(NOTE_WAIT_MS, undefined, { ref: false })]);
    const { id: accountId, role, isAnonymous, emailVerifiedAt } = session.account;
    const dpopKey = session.dpopKey ?? undefined;
    const hasVerifiedEmail = Boolean(emailVerifiedAt);
    const who = { accountId, sessionId, role, isAnonymous, hasVerifiedEmail };
    const hasSecondFactor = Boolean(session.secondFactorAt);
    const deviceId = session.knownDeviceId ?? undefined;
    const principal: Principal = { ...who, deviceId, hasSecondFactor, dpopKey };
    this.cache.rememberLive(principal, checkedAt);
    return principal;
  }

  /** Those that have ended, or whose account may not sign in any more. */
  async endedAmong(sessionIds: readonly string[]): Promise<ReadonlySet<string>> {
    const ended = new Set(sessionIds);
    for (let from = 0; from < sessionIds.length; from += SESSIONS_PER_READ) {
      const some = sessionIds.slice(from, from + SESSIONS_PER_READ);
      const { expiresAt, lastSeenAt } = this.isLive();
      const live = await (this.em.fork() as SqlEntityManager).execute<{ id: string }[]>(
        `${LIVE_SESSIONS_SQL} and s.id in (${some.map(() => '?').join(', ')})`,
        [expiresAt.$gt, lastSeenAt.$gt, new Date(), ...some],
      );
      for (const { id } of live) if (!this.cache.hasEnded(id)) ended.delete(id);
    }
    return ended;
  }

  /** The live sessions of an account, most recently seen first. */
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
   * Ends the live sessions in excess of `most`, in the transaction of `em`, which holds the account's lock. Returns the
   * ended ids; the caller passes them to `forget` after the commit.
   */
  async makeRoom(em: EntityManager, accountId: string, most: number): Promise<string[]> {
    const reason: RevocationReason = 'too_many_sessions';
    const { expiresAt, lastSeenAt } = this.isLive();
    const ended = await (em as SqlEntityManager).execute<{ id: string }[]>(
      END_SURPLUS_SESSIONS_SQL,
      [new Date(), reason, accountId, expiresAt.$gt, lastSeenAt.$gt, most],
    );
    return ended.map(({ id }) => id);
  }

  /** The query condition for live sessions. */
  isLive() {
    const now = Date.now();
    return {
      revokedAt: null,
      expiresAt: { $gt: new Date(now) },
      lastSeenAt: { $gt: new Date(now - this.config.idle) },
      [raw(CURRENT_GENERATION_SQL)]: [],
    };
  }

  /**
   * Ends a session with all its tokens: on this instance from the next request, on others within a second. False if it
   * had ended before.
   */
  async revoke(sessionId: string, because: RevocationReason): Promise<boolean> {
    const ended = await this.endOne(this.em.fork(), sessionId, because);
    this.forget([sessionId]);
    return ended;
  }

  /** The same in the transaction of `em`. The caller passes the session to `forget` after the commit. */
  async endOne(em: EntityManager, sessionId: string, because: RevocationReason): Promise<boolean> {
    const end = { revokedAt: new Date(), revokedBecause: because };
    return (await em.nativeUpdate(Session, { id: sessionId, revokedAt: null }, end)) > 0;
  }

  /** Ends every session of an account except `except`. */
  async revokeAll(accountId: string, because: RevocationReason, except?: string): Promise<void> {
    const ended = await this.em
      .fork()
      .transactional((em) => this.endAll(em, accountId, because, except));
    this.forget(ended);
  }

  /**
   * The same in the transaction of `em`. Incrementing the account's epoch locks its row first: a concurrent sign-in has
   * either committed, and its session ends here, or fails on the changed epoch. Returns the ended ids; the caller
   * passes them to `forget` after the commit.
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

  /** Refuses ended sessions on this instance from now on. Must not be called before the transaction has committed. */
  forget(sessionIds: readonly string[]): void {
    for (const id of sessionIds) this.cache.forget(id);
  }

  private async noteSeen(session: Session, em: EntityManager): Promise<void> {
    const now = new Date();
    if (now.getTime() - session.lastSeenAt.getTime() < LAST_SEEN_PRECISION_MS) return;
    await em.nativeUpdate(Session, { id: session.id, revokedAt: null }, { lastSeenAt: now });
  }
}
