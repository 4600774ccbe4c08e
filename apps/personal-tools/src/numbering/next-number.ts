import {
  type EntityClass,
  type EntityManager,
  NotNullConstraintViolationException,
  raw,
  UniqueConstraintViolationException,
} from '@mikro-orm/core';
import { setTimeout as pause } from 'node:timers/promises';
import { RefusalError } from '../answers/refusal.error.js';

/** Most rows one user may have in each table: a search reads them all, and others wait for it. */
export const MAX_ROWS = 2_000;

/** Each attempt that fails means another one succeeded, so this bounds the simultaneous adds of one user. */
const ATTEMPTS = 50;

/**
 * The owner's next number, as an expression inside the insert itself: no other statement can come between
 * reading and writing. It is null for an owner with `MAX_ROWS` rows, which the column refuses.
 */
export function nextNumber(em: EntityManager, entity: EntityClass<object>, ownerId: string) {
  const table = em.getMetadata().get(entity).tableName;
  return raw<number>(
    `(select case when count(*) < ${MAX_ROWS} then coalesce(max(number), 0) + 1 end
      from ${table} where owner_id = ?)`,
    [ownerId],
  );
}

/**
 * Runs an insert that uses `nextNumber`, again when a simultaneous one took the number first.
 *
 * @throws RefusalError when the owner has as many rows as one may have
 */
export async function insertNumbered(noun: string, insert: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await insert();
      return;
    } catch (error) {
      if (error instanceof NotNullConstraintViolationException) {
        throw new RefusalError(
          `You have ${MAX_ROWS.toLocaleString('en')} ${noun}s, which is the most there can be. Delete some first.`,
        );
      }
      if (!(error instanceof UniqueConstraintViolationException) || attempt === ATTEMPTS)
        throw error;
      await pause(Math.random() * 10);
    }
  }
}
