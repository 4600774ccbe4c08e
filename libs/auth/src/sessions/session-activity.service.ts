import { maskedAddress } from '@app/access';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';

/** A session that is younger says nothing about an address: an attacker can have opened it. Milliseconds. */
const ESTABLISHED_AFTER_MS = 24 * 3_600_000;

/** How long ago it was used at most. Milliseconds. */
const USED_WITHIN_MS = 7 * 24 * 3_600_000;

/** A mass sign-out ends all sessions of an office, and their tokens fail: what is known of its address must stay known. */
const ACCOUNTS_NEAR = `select count(*) as accounts from (
  select distinct account_id from sessions
  where ip = ? and created_at < ? and last_seen_at > ?
    and (revoked_at is null or revoked_because = 'ended_by_admin') limit ?) near`;

/** The most networks of an account that are read. */
const MAX_PLACES = 50;

const PLACES = `select ip, count(*) as sessions from sessions where account_id = ?
  group by ip order by max(created_at) desc limit ${MAX_PLACES}`;

/** A network that an account has signed in from: its address without the last part. */
export interface SignInPlace {
  readonly ip: string;
  readonly sessions: number;
}

/** Where accounts are used, for decisions about addresses. Sessions hold masked ones only. */
@Injectable()
export class SessionActivityService {
  constructor(private readonly em: EntityManager) {}

  /**
   * How many accounts have lately been used in the network around an address, on sessions that are older than a day.
   *
   * @param most counts no further
   */
  async accountsNear(ip: string, most: number): Promise<number> {
    const now = Date.now();
    const [row] = await this.sql().execute<{ accounts: number | string }[]>(ACCOUNTS_NEAR, [
      maskedAddress(ip),
      new Date(now - ESTABLISHED_AFTER_MS),
      new Date(now - USED_WITHIN_MS),
      most,
    ]);
    return Number(row!.accounts);
  }

  /** The networks of the account's sessions that are still stored, the latest first. */
  async placesOf(accountId: string): Promise<SignInPlace[]> {
    const rows = await this.sql().execute<{ ip: string; sessions: number | string }[]>(PLACES, [
      accountId,
    ]);
    return rows.map(({ ip, sessions }) => ({ ip, sessions: Number(sessions) }));
  }

  private sql(): SqlEntityManager {
    return this.em.fork() as SqlEntityManager;
  }
}
