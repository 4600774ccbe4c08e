import { sharedMoment } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';

/** How long a message keeps its place. Milliseconds. */
export const MINUTE_MS = 60_000;

/** How often a message looks for a free place that another one has taken by then. */
const MAX_ATTEMPTS = 20;

/** How many messages were sent in the last minute. */
export interface SentMessages {
  readonly used: number;
  readonly resetsAt: Date;
  /** Whether one more was refused. */
  readonly isRefused: boolean;
}

interface PlaceRow {
  readonly place: number;
  readonly taken_at: Date | string | number;
}

/**
 * The places for the messages of an account to an assistant: as many as it may send in a minute. A message takes one and
 * has it for a minute, so no minute has more messages than places, on however many instances, and with no lock.
 */
@Injectable()
export class MessagePlaces {
  constructor(private readonly em: EntityManager) {}

  /** Takes a place, if there is one. */
  async take(accountId: string, profileId: string, limit: number): Promise<SentMessages> {
    for (let attempt = 1; ; attempt += 1) {
      const taken = await this.taken(accountId, profileId, limit);
      const free = freePlaces(taken, limit);
      if (free.length === 0 || attempt > MAX_ATTEMPTS) {
        return { ...sentMessages(taken), isRefused: true };
      }
      const place = free[Math.floor(Math.random() * free.length)]!;
      if (!(await this.occupy(accountId, profileId, place))) continue;
      return sentMessages([...taken, { place, taken_at: Date.now() }]);
    }
  }

  async look(accountId: string, profileId: string, limit: number): Promise<SentMessages> {
    return sentMessages(await this.taken(accountId, profileId, limit));
  }

  private taken(accountId: string, profileId: string, limit: number): Promise<PlaceRow[]> {
    const em = this.em.fork() as SqlEntityManager;
    const since = sharedMoment(em, -MINUTE_MS);
    return em.execute<PlaceRow[]>(
      `select place, taken_at from message_places
       where account_id = ? and profile_id = ? and place < ? and taken_at > ${since.sql}`,
      [accountId, profileId, limit, ...since.values],
    );
  }

  /** False if another message has it, or the account has been erased. */
  private async occupy(accountId: string, profileId: string, place: number): Promise<boolean> {
    const em = this.em.fork() as SqlEntityManager;
    const [now, since] = [sharedMoment(em), sharedMoment(em, -MINUTE_MS)];
    const { affectedRows } = await em.execute<{ affectedRows: number }>(
      `insert into message_places (account_id, profile_id, place, taken_at)
       select id, ?, cast(? as integer), ${now.sql} from accounts where id = ?
       on conflict (account_id, profile_id, place) do update set taken_at = excluded.taken_at
       where message_places.taken_at <= ${since.sql}`,
      [profileId, place, ...now.values, accountId, ...since.values],
      'run',
    );
    return affectedRows > 0;
  }
}

function freePlaces(taken: readonly PlaceRow[], limit: number): number[] {
  const others = new Set(taken.map(({ place }) => place));
  return Array.from({ length: limit }, (_, place) => place).filter((place) => !others.has(place));
}

function sentMessages(taken: readonly PlaceRow[]): SentMessages {
  const moments = taken.map(({ taken_at: takenAt }) => new Date(takenAt).getTime());
  const oldest = Math.min(Date.now(), ...moments);
  return { used: taken.length, resetsAt: new Date(oldest + MINUTE_MS), isRefused: false };
}
