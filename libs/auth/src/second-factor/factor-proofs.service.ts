import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ClientOrigin } from '../clients/client.decorator.js';
import { SecurityNotices } from '../notices/security-notices.service.js';
import { PasskeyAssertions } from '../passkeys/passkey-assertions.service.js';
import type { AuthMethod } from '../sessions/session.entity.js';
import type { FactorProof } from './factor-proof.js';
import { RecoveryCodes } from './recovery-codes.service.js';
import { TotpService } from './totp.service.js';

/** Where a passkey stands in as a second factor. */
type FactorPurpose = 'passkey_second_factor' | 'passkey_step_up';

/** Tests proofs of a second factor, whichever it is, and uses them up. Counting failures is the caller's. */
@Injectable()
export class FactorProofs {
  private readonly log = new Logger('SecondFactor');

  constructor(
    @Inject(TotpService) private readonly totp: TotpService,
    @Inject(RecoveryCodes) private readonly recoveryCodes: RecoveryCodes,
    @Inject(PasskeyAssertions) private readonly passkeys: PasskeyAssertions,
    @Inject(SecurityNotices) private readonly notices: SecurityNotices,
  ) {}

  /** How the account was proved; undefined if the proof is wrong, used, or too old. */
  async accept(
    accountId: string,
    proof: FactorProof,
    purpose: FactorPurpose,
    client: ClientOrigin,
  ): Promise<AuthMethod | undefined> {
    const method = await this.test(accountId, proof, purpose);
    if (!method) {
      this.log.warn({ event: 'auth.second_factor.failed', code: proof.kind, userId: accountId });
    }
    if (method === 'recovery_code') {
      await this.notices.tell(accountId, 'recovery_code_used', { ip: client.ip });
    }
    return method;
  }

  private async test(
    accountId: string,
    proof: FactorProof,
    purpose: FactorPurpose,
  ): Promise<AuthMethod | undefined> {
    switch (proof.kind) {
      case 'code':
        return (await this.totp.accept(accountId, proof.code)) ? 'otp' : undefined;
      case 'recovery_code':
        return (await this.recoveryCodes.use(accountId, proof.recoveryCode))
          ? 'recovery_code'
          : undefined;
      case 'passkey':
        return (await this.passkeys.accept(purpose, proof.passkey, accountId))
          ? 'passkey'
          : undefined;
    }
  }
}
