import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { AuthChallenge } from '../challenges/auth-challenge.entity.js';
import { Passkey } from '../passkeys/passkey.entity.js';
import { toPasskeyView } from '../passkeys/passkey.view.js';
import { RecoveryCode } from './recovery-code.entity.js';
import { TotpSecret } from './totp-secret.entity.js';

/** The second factors of a person and their passkeys. */
@Injectable()
export class FactorData {
  readonly tables: readonly string[] = [
    'totp_secrets',
    'recovery_codes',
    'passkeys',
    'auth_challenges',
  ];

  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  /** That there are some, and since when: no secret, no key. */
  async exportOf(userId: string): Promise<object> {
    const em = this.em.fork();
    const own = { accountId: userId };
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

  async erase(userId: string): Promise<void> {
    const em = this.em.fork();
    for (const entity of [AuthChallenge, RecoveryCode, Passkey, TotpSecret]) {
      await em.nativeDelete<object>(entity, { accountId: userId });
    }
  }
}
