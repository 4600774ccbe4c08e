import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { OperatorSwitch } from './operator-switch.entity.js';

/** When an account, or a device of it, was blocked. The words of operators are theirs: they may name how it was noticed. */
@Injectable()
export class SwitchDataSource {
  readonly tables: readonly string[] = ['operator_switches'];

  constructor(private readonly em: EntityManager) {}

  async exportOf(accountId: string): Promise<object[]> {
    const rows = await this.em
      .fork()
      .find(OperatorSwitch, { accountId }, { orderBy: { id: 'asc' } });
    return rows.map(({ scope, target, createdAt, expiresAt, removedAt }) => ({
      scope,
      target,
      from: createdAt,
      until: removedAt ?? expiresAt ?? null,
    }));
  }

  async erase(accountId: string): Promise<void> {
    const em = this.em.fork();
    await em.nativeDelete(OperatorSwitch, { accountId });
    await em.nativeUpdate(OperatorSwitch, { operatorId: accountId }, { operatorId: null });
  }
}
