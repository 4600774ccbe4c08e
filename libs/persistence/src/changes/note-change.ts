import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { ChangeTopic } from './change-topic.js';

/**
 * A counter is at least the time of its last change: after a restore of an old backup the next change must not bring it
 * back to a value that an instance has seen before.
 */
const COUNT_SQL = `insert into change_counters (topic, version) values (?, ?)
  on conflict (topic) do update set version = case
    when excluded.version > change_counters.version then excluded.version
    else change_counters.version + 1 end`;

/**
 * Has every instance read the rows of a topic, after the transaction of `em` has committed. To be called at its end: all
 * other changes of the topic wait from here to the commit, and whatever else is locked must be locked before.
 */
export async function noteChange(em: EntityManager, topic: ChangeTopic): Promise<void> {
  await (em as SqlEntityManager).execute(COUNT_SQL, [topic, Date.now()], 'run');
}
