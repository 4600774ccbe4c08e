import type { ClientOrigin } from '@app/access';
import type { EntityManager } from '@mikro-orm/core';
import { Injectable, Logger } from '@nestjs/common';
import { SecurityNoticeService } from '../../accounts/notices/security-notice.service.js';
import type { AuthMethod } from '../../sessions/session.entity.js';
import { PasskeyAssertionService } from '../passkeys/passkey-assertion.service.js';
import { RecoveryCodeService } from '../second-factor/recovery-code.service.js';
import { TotpService } from '../second-factor/totp.service.js';
import type { FactorProof } from './factor-proof.js';

/** The purposes of a passkey used as a second factor. */
type FactorPurpose = 'passkey_second_factor' | 'passkey_step_up';

/** A second factor that was valid when it was verified. */
export interface ProvedFactor {
  readonly method: AuthMethod;
  /**
   * Consumes a single-use proof in the transaction of `em`, which performs the operation it authorizes: if that is
   * rolled back, the proof remains valid. False if it has been consumed since.
   */
  readonly claim: (em: EntityManager) => Promise<boolean>;
}

/** Verifies proofs of any second factor. The caller counts failures. */
@Injectable()
export class FactorProofService {
  private readonly log = new Logger('SecondFactor');

  constructor(
    private readonly totp: TotpService,
    private readonly recoveryCodes: RecoveryCodeService,
    private readonly passkeys: PasskeyAssertionService,
    private readonly notices: SecurityNoticeService,
  ) {}

  /** The verified factor; undefined if the proof is wrong, used or expired. */
  async accept(
    accountId: string,
    proof: FactorProof,
    purpose: FactorPurpose,
  ): Promise<ProvedFactor | undefined> {
    const proved = await this.test(accountId, proof, purpose);
    if (!proved) {
      this.log.warn({ event: 'auth.second_factor.failed', code: proof.kind, userId: accountId });
    }
    return proved;
  }

  /** Notifies the owner of a used recovery code, after it was consumed. */
  async announce(accountId: string, { method }: ProvedFactor, { ip }: ClientOrigin): Promise<void> {
    if (method === 'recovery_code')
      await this.notices.tell(accountId, 'recovery_code_used', { ip });
  }

  private async test(
    accountId: string,
    proof: FactorProof,
    purpose: FactorPurpose,
  ): Promise<ProvedFactor | undefined> {
    switch (proof.kind) {
      case 'code': {
        const use = await this.totp.test(accountId, proof.code);
        return use && { method: 'otp', claim: use };
      }
      case 'recovery_code': {
        const { recoveryCode } = proof;
        if (!(await this.recoveryCodes.isUnused(accountId, recoveryCode))) return undefined;
        return {
          method: 'recovery_code',
          claim: (em) => this.recoveryCodes.use(accountId, recoveryCode, em),
        };
      }
      case 'passkey': {
        const passkey = await this.passkeys.accept(purpose, proof.passkey, accountId);
        return passkey && { method: 'passkey', claim: () => Promise.resolve(true) };
      }
    }
  }
}
