import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { TokensView } from '../../sessions/tokens.view.js';
import type { Passkey } from './passkey.entity.js';

export class PasskeyView {
  @ApiProperty({ format: 'uuid' })
  passkeyId!: string;

  @ApiProperty({ example: 'My phone' })
  name!: string;

  @ApiProperty({ description: 'Whether the passkey is synchronized by the provider of the phone.' })
  backedUp!: boolean;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiPropertyOptional({ format: 'date-time' })
  lastUsedAt?: string;
}

export class RegisteredPasskeyView extends PasskeyView {
  @ApiPropertyOptional({
    type: [String],
    description: 'Ten recovery codes, shown only once, if the account had none.',
  })
  recoveryCodes?: string[];

  @ApiProperty({
    type: TokensView,
    description: 'New tokens, as the old ones are revoked: the new session has proved the passkey.',
  })
  tokens!: TokensView;
}

export class PasskeyOptionsView {
  @ApiProperty({
    description: 'Send it back with the answer. Valid for five minutes, and only once.',
  })
  challenge!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description:
      'Pass it unchanged to the passkey API of the phone: `PublicKeyCredentialCreationOptionsJSON` or ' +
      '`PublicKeyCredentialRequestOptionsJSON` of WebAuthn Level 3.',
  })
  options!: object;
}

export function toPasskeyView(passkey: Passkey): PasskeyView {
  return {
    passkeyId: passkey.id,
    name: passkey.name,
    backedUp: passkey.backedUp,
    createdAt: passkey.createdAt.toISOString(),
    ...(passkey.lastUsedAt ? { lastUsedAt: passkey.lastUsedAt.toISOString() } : {}),
  };
}
