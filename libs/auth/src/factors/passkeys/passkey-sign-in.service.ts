import type { ClientOrigin } from '@app/access';
import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { Account } from '../../accounts/account.entity.js';
import { SessionOpeningService } from '../../sessions/session-opening.service.js';
import type { TokensView } from '../../sessions/tokens.view.js';
import { FactorError } from '../factor.error.js';
import { PasskeyAssertionService } from './passkey-assertion.service.js';
import type { PasskeySignInDto } from './passkey.dto.js';
import { Passkey } from './passkey.entity.js';

/**
 * Signs in with a passkey alone. It is a multi-factor credential: the phone holds the key and has verified the user by
 * biometrics or PIN (NIST SP 800-63B-4 §3.1.7).
 */
@Injectable()
export class PasskeySignInService {
  constructor(
    private readonly em: EntityManager,
    private readonly assertions: PasskeyAssertionService,
    private readonly opening: SessionOpeningService,
  ) {}

  /** @throws FactorError `invalid_passkey` */
  async signIn({ device, ...answer }: PasskeySignInDto, client: ClientOrigin): Promise<TokensView> {
    const passkey = await this.assertions.accept('passkey_sign_in', answer);
    if (!passkey) throw FactorError.invalidPasskey();
    const account = await this.em.fork().findOne(Account, { id: passkey.accountId });
    // The account is known and locked only now, and the passkey may have been removed in the meantime.
    const isStillThere = async (em: EntityManager) =>
      (await em.count(Passkey, { id: passkey.id })) > 0;
    const how = { client, device, methods: ['passkey' as const] };
    const tokens = account && (await this.opening.enter(account, how, isStillThere));
    if (!tokens) throw FactorError.invalidPasskey();
    return tokens;
  }
}
