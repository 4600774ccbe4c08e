import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { conversationKeys } from '../ownership/conversation-id.js';
import type { Profile } from '../profiles/profile.js';
import { ACTIVE_ACCOUNT_SQL } from './active-account.js';
import { runPlaces } from './run-places.js';
import type { OpenRun, RunsInTheWay } from './taken-turn.js';

/** Whose message it is, and where it belongs. */
interface AddressedMessage {
  readonly accountId: string;
  readonly profile: Profile;
  readonly conversationId?: string | undefined;
}

/** What a message that waits for its turn has to know. */
@Injectable()
export class OpenRuns {
  constructor(private readonly em: EntityManager) {}

  /** False for an account that has been disabled or erased, or is past its deletion date. */
  async mayWrite(accountId: string): Promise<boolean> {
    const rows = await (this.em.fork() as SqlEntityManager).execute(
      `select 1 from accounts where id = ? and ${ACTIVE_ACCOUNT_SQL}`,
      [accountId, new Date()],
    );
    return rows.length > 0;
  }

  /** The runs of the account that go on in its conversation and in its places. */
  async inTheWay({ accountId, profile, conversationId }: AddressedMessage): Promise<RunsInTheWay> {
    const keys = conversationId === undefined ? [] : conversationKeys(accountId, conversationId);
    const places = runPlaces(accountId, profile);
    const open = await (this.em.fork() as SqlEntityManager).execute<OpenRun[]>(
      `select runs.id, status, place, conversation_id as "conversationId"
       from runs join conversations c on c.id = conversation_id
       where finished_at is null and c.account_id = ?
         and (place in (${placesFor(places)}) or conversation_id in (${placesFor([...keys, null])}))`,
      [accountId, ...places, ...keys, null],
    );
    return {
      ofConversation: open.find((run) => keys.includes(run.conversationId)),
      ofPlaces: open.filter(({ place }) => place !== null && places.includes(place)),
    };
  }
}

function placesFor(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}
