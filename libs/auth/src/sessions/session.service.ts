import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import type { Account } from '../accounts/account.entity.js';
import { PrincipalCache } from '../tokens/principal-cache.js';
import type { Principal } from '../tokens/principal.js';
import { type RevocationReason, Session } from './session.entity.js';

/** The longest a sign-in lasts, however often it is renewed. Milliseconds. */
const LIFETIME = 90 * 24 * 3_600_000;

@Injectable()
export class SessionService {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(PrincipalCache) private readonly cache: PrincipalCache,
  ) {}

  /** Adds a session to the unit of work that `em` holds. */
  open(account: Account, em: EntityManager): Session {
    const now = Date.now();
    return em.create(Session, {
      id: v7(),
      account,
      createdAt: new Date(now),
      expiresAt: new Date(now + LIFETIME),
    });
  }

  /** The principal of a session, if it is live: neither revoked nor over, and its account still there. */
  async principalOf(sessionId: string): Promise<Principal | undefined> {
    const fresh = this.cache.freshPrincipal(sessionId);
    if (fresh) return fresh;
    const checkedAt = performance.now();
    const session = await this.em
      .fork()
      .findOne(
        Session,
        { id: sessionId, revokedAt: null, expiresAt: { $gt: new Date() } },
        { populate: ['account'] },
      );
    if (!session || this.cache.hasEnded(sessionId)) return undefined;
    const { id: userId, role } = session.account;
    const principal: Principal = { userId, sessionId, role };
    this.cache.rememberLive(principal, checkedAt);
    return principal;
  }

  /** Ends a session with all its tokens: here for the very next request, on other instances within a second. */
  async revoke(sessionId: string, because: RevocationReason): Promise<void> {
    await this.em
      .fork()
      .nativeUpdate(
        Session,
        { id: sessionId, revokedAt: null },
        { revokedAt: new Date(), revokedBecause: because },
      );
    this.cache.forget(sessionId);
  }
}
