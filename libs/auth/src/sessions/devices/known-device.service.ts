import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { v7 } from 'uuid';
import { NOT_PAST_DELETION_SQL } from '../../accounts/account-state.js';
import { sha256 } from '../../accounts/credentials/sha256.js';
import { KnownDevice } from './known-device.entity.js';

/** The most known devices of one account; the least recently used one is forgotten first. */
const MAX_DEVICES_PER_ACCOUNT = 20;

/** Accounts past their deletion date are treated as unknown. */
const DEVICE_BY_TOKEN_SQL = `select known_devices.id, accounts.username_key
  from known_devices join accounts on accounts.id = known_devices.account_id
  where token_hash = ? and ${NOT_PAST_DELETION_SQL}`;

const DEVICE_USED_SQL = `update known_devices set last_used_at = ?, name = coalesce(?, name)
  where token_hash = ? and account_id = ? returning id`;

/** Device tokens, after OWASP's "device cookies": they protect the owner from a lockout by others' guesses. */
@Injectable()
export class KnownDeviceService {
  constructor(private readonly em: EntityManager) {}

  /** The id of the device that holds this token for the account of that username, which is not validated yet. */
  async find(usernameKey: string, token: string): Promise<string | undefined> {
    const [device] = await (this.em.fork() as SqlEntityManager).execute<
      { id: string; username_key: string }[]
    >(DEVICE_BY_TOKEN_SQL, [sha256(token), new Date()]);
    return device?.username_key === usernameKey ? device.id : undefined;
  }

  /**
   * Records a sign-in of the account on this device, in the transaction of `em`. `token` is set if the device had none
   * for this account.
   */
  async remember(
    em: EntityManager,
    accountId: string,
    device: { token?: string; name?: string },
  ): Promise<{ id: string; token?: string }> {
    const now = new Date();
    if (device.token) {
      const [known] = await (em as SqlEntityManager).execute<{ id: string }[]>(DEVICE_USED_SQL, [
        now,
        device.name ?? null,
        sha256(device.token),
        accountId,
      ]);
      if (known) return known;
    }
    await this.forgetOldest(em, accountId, MAX_DEVICES_PER_ACCOUNT - 1);
    const token = randomBytes(32).toString('base64url');
    const { id } = em.create(KnownDevice, {
      id: v7(),
      accountId,
      tokenHash: sha256(token),
      name: device.name,
      createdAt: now,
      lastUsedAt: now,
    });
    return { id, token };
  }

  /** Whether `token` belongs to this known device of the account. */
  async isDevice(
    em: EntityManager,
    accountId: string,
    id: string,
    token: string,
  ): Promise<boolean> {
    return (await em.count(KnownDevice, { id, accountId, tokenHash: sha256(token) })) > 0;
  }

  async forget(accountId: string, id: string): Promise<void> {
    await this.em.fork().nativeDelete(KnownDevice, { accountId, id });
  }

  /** Forgets every known device of the account except `except`. */
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
