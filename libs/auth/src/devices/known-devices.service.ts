import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { v7 } from 'uuid';
import { NOT_DUE } from '../accounts/account-use.js';
import { hashOf } from '../tokens/token-hash.js';
import { KnownDevice } from './known-device.entity.js';

/** How many devices of one account are remembered; the one not used for longest is forgotten first. */
const MOST_DEVICES = 20;

/** Of nobody whose account is due: nothing is to name it any more. */
const OF_TOKEN = `select known_devices.id, accounts.username_key
  from known_devices join accounts on accounts.id = known_devices.account_id
  where token_hash = ? and ${NOT_DUE}`;

const USED_AGAIN = `update known_devices set last_used_at = ?, name = coalesce(?, name)
  where token_hash = ? and account_id = ? returning id`;

/** Device tokens, as OWASP's "device cookies" against lockout by guessing. */
@Injectable()
export class KnownDevices {
  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  /** The id of the device that holds this token for the account of that name, which may be any text. */
  async find(usernameKey: string, token: string): Promise<string | undefined> {
    const [device] = await (this.em.fork() as SqlEntityManager).execute<
      { id: string; username_key: string }[]
    >(OF_TOKEN, [hashOf(token), new Date()]);
    return device?.username_key === usernameKey ? device.id : undefined;
  }

  /**
   * Notes that the account was signed in to on this device, in the transaction of `em`. `token` is there where the
   * device had none for this account.
   */
  async remember(
    em: EntityManager,
    accountId: string,
    device: { token?: string; name?: string },
  ): Promise<{ id: string; token?: string }> {
    const now = new Date();
    if (device.token) {
      const [known] = await (em as SqlEntityManager).execute<{ id: string }[]>(USED_AGAIN, [
        now,
        device.name ?? null,
        hashOf(device.token),
        accountId,
      ]);
      if (known) return known;
    }
    await this.forgetOldest(em, accountId, MOST_DEVICES - 1);
    const token = randomBytes(32).toString('base64url');
    const { id } = em.create(KnownDevice, {
      id: v7(),
      accountId,
      tokenHash: hashOf(token),
      name: device.name,
      createdAt: now,
      lastUsedAt: now,
    });
    return { id, token };
  }

  async forget(accountId: string, id: string): Promise<void> {
    await this.em.fork().nativeDelete(KnownDevice, { accountId, id });
  }

  /** After this every device, but for the one to be kept, is a stranger to the account. */
  async forgetAll(em: EntityManager, accountId: string, except?: string): Promise<void> {
    await em.nativeDelete(KnownDevice, { accountId, ...(except ? { id: { $ne: except } } : {}) });
  }

  private async forgetOldest(em: EntityManager, accountId: string, most: number): Promise<void> {
    const surplus = await em.find(
      KnownDevice,
      { accountId },
      { orderBy: { lastUsedAt: 'desc' }, offset: most, limit: 10 },
    );
    for (const device of surplus) em.remove(device);
  }
}
