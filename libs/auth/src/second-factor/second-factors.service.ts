import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable } from '@nestjs/common';
import type { SecondFactorView } from './second-factor.view.js';

/** One statement: each sign-in asks it. */
const STATE = `select
  (select count(*) from totp_secrets where account_id = ? and confirmed_at is not null) as codes,
  (select count(*) from passkeys where account_id = ?) as passkeys,
  (select count(*) from recovery_codes where account_id = ?) as recovery_codes`;

interface StateRow {
  readonly codes: number | string;
  readonly passkeys: number | string;
  readonly recovery_codes: number | string;
}

export type SecondFactorMethod = 'totp' | 'recovery_code' | 'passkey';

/** Which second factors an account has. Recovery codes only stand in for one and are none by themselves. */
@Injectable()
export class SecondFactors {
  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  /** Empty where there is none, and a password is enough. */
  async methodsOf(accountId: string, em = this.em.fork()): Promise<SecondFactorMethod[]> {
    const { totp, passkeys, recoveryCodesLeft } = await this.stateOf(accountId, em);
    if (!totp && passkeys === 0) return [];
    return [
      ...(totp ? (['totp'] as const) : []),
      ...(passkeys > 0 ? (['passkey'] as const) : []),
      ...(recoveryCodesLeft > 0 ? (['recovery_code'] as const) : []),
    ];
  }

  async stateOf(accountId: string, em = this.em.fork()): Promise<SecondFactorView> {
    const [row] = await (em as SqlEntityManager).execute<StateRow[]>(
      STATE,
      [accountId, accountId, accountId],
      'all',
    );
    const [codes, passkeys, left] = [row!.codes, row!.passkeys, row!.recovery_codes].map(Number);
    const isOn = codes! + passkeys! > 0;
    return {
      isOn,
      totp: codes! > 0,
      passkeys: passkeys!,
      recoveryCodesLeft: isOn ? left! : 0,
    };
  }
}
