import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { Account } from '../accounts/account.entity.js';
import { AuthError } from '../auth.error.js';
import type { ClientOrigin } from '../clients/client.decorator.js';
import { SessionOpening } from '../sign-in/session-opening.service.js';
import type { TokensView } from '../sign-in/tokens.view.js';
import { PasskeyAssertions } from './passkey-assertions.service.js';
import type { PasskeySignInDto } from './passkey.dto.js';
import { Passkey } from './passkey.entity.js';

/**
 * Signs in with a passkey alone. The phone holds the key and has checked finger, face or PIN: that is two factors
 * (NIST SP 800-63B-4 §3.1.7).
 */
@Injectable()
export class PasskeySignIn {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(PasskeyAssertions) private readonly assertions: PasskeyAssertions,
    @Inject(SessionOpening) private readonly opening: SessionOpening,
  ) {}

  /** @throws AuthError `invalid_passkey` */
  async signIn({ device, ...answer }: PasskeySignInDto, client: ClientOrigin): Promise<TokensView> {
    const passkey = await this.assertions.accept('passkey_sign_in', answer);
    if (!passkey) throw AuthError.invalidPasskey();
    const account = await this.em.fork().findOne(Account, { id: passkey.accountId });
    // Only now is it known whose account this is, and the passkey may have been removed from it since.
    const isStillThere = async (em: EntityManager) =>
      (await em.count(Passkey, { id: passkey.id })) > 0;
    const how = { client, device, methods: ['passkey' as const] };
    const tokens = account && (await this.opening.enter(account, how, isStillThere));
    if (!tokens) throw AuthError.invalidPasskey();
    return tokens;
  }
}
