import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { AuthChallenge } from '../factors/challenges/auth-challenge.entity.js';
import { Passkey } from '../factors/passkeys/passkey.entity.js';
import { toPasskeyView } from '../factors/passkeys/passkey.view.js';
import { RecoveryCode } from '../factors/second-factor/recovery-code.entity.js';
import { TotpSecret } from '../factors/second-factor/totp-secret.entity.js';

/** The second factors of an account. */
@Injectable()
export class FactorDataSource {
  readonly tables: readonly string[] = [
    'totp_secrets',
    'recovery_codes',
    'passkeys',
    'auth_challenges',
  ];

  constructor(private readonly em: EntityManager) {}

  /** The existence of the factors and their times, without secrets or keys. */
  async exportOf(accountId: string): Promise<object> {
    const em = this.em.fork();
    const own = { accountId };
    const totp = await em.findOne(TotpSecret, own);
    const codes = await em.find(RecoveryCode, own, { orderBy: { createdAt: 'asc' } });
    const passkeys = await em.find(Passkey, own, { orderBy: { id: 'asc' } });
    const challenges = await em.find(AuthChallenge, own, { orderBy: { expiresAt: 'asc' } });
    return {
      totp: totp && { createdAt: totp.createdAt, confirmedAt: totp.confirmedAt ?? null },
      recoveryCodes: codes.map(({ createdAt }) => ({ createdAt })),
      passkeys: passkeys.map(toPasskeyView),
      challenges: challenges.map(({ purpose, expiresAt }) => ({ purpose, expiresAt })),
    };
  }

  async erase(accountId: string): Promise<void> {
    const em = this.em.fork();
    for (const entity of [AuthChallenge, RecoveryCode, Passkey, TotpSecret]) {
      await em.nativeDelete<object>(entity, { accountId });
    }
  }
}
