import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { Account } from '../accounts/account.entity.js';
import { KnownDevice } from '../sessions/devices/known-device.entity.js';
import { Session } from '../sessions/session.entity.js';

/** How many accounts one statement reads. */
const ACCOUNTS_PER_READ = 500;

/** Who is who, for operators. */
@Injectable()
export class AccountDirectoryService {
  constructor(private readonly em: EntityManager) {}

  /** The names of those accounts among the ids that there are; the rest is no account, or none any more. */
  async namesOf(
    ids: readonly string[],
    em: EntityManager = this.em.fork(),
  ): Promise<ReadonlyMap<string, string>> {
    const names = new Map<string, string>();
    for (let from = 0; from < ids.length; from += ACCOUNTS_PER_READ) {
      const $in = ids.slice(from, from + ACCOUNTS_PER_READ);
      const found = await em.find(Account, { id: { $in } }, { fields: ['id', 'username'] });
      for (const { id, username } of found) names.set(id, username);
    }
    return names;
  }

  /** The account that a session has, live or ended, as long as there is a row of it. */
  async ofSession(sessionId: string): Promise<string | undefined> {
    const session = await this.em.fork().findOne(Session, { id: sessionId });
    return session?.account.id;
  }

  /** The account that a known device belongs to. */
  async ofDevice(deviceId: string): Promise<string | undefined> {
    return (await this.em.fork().findOne(KnownDevice, { id: deviceId }))?.accountId;
  }
}
