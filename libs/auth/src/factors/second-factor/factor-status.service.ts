import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import type { SecondFactorView } from './second-factor.view.js';

/** One statement, because every sign-in runs it. */
const FACTOR_STATUS_SQL = `select
  (select count(*) from totp_secrets where account_id = ? and confirmed_at is not null) as codes,
  (select count(*) from passkeys where account_id = ?) as passkeys,
  (select count(*) from recovery_codes where account_id = ?) as recovery_codes`;

interface StateRow {
  readonly codes: number | string;
  readonly passkeys: number | string;
  readonly recovery_codes: number | string;
}

export type SecondFactorMethod = 'totp' | 'recovery_code' | 'passkey';

/** The second factors of an account. Recovery codes substitute for a factor and are not one by themselves. */
@Injectable()
export class FactorStatusService {
  constructor(private readonly em: EntityManager) {}

  /** Empty if the account has none, so that a password is enough. */
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
      FACTOR_STATUS_SQL,
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
