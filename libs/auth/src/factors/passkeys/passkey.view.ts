import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { TokensView } from '../../sessions/tokens.view.js';
import type { Passkey } from './passkey.entity.js';

export class PasskeyView {
  @ApiProperty({ format: 'uuid' })
  passkeyId!: string;

  @ApiProperty({ example: 'My phone' })
  name!: string;

  @ApiProperty({ description: 'Whether a copy is kept by the phone’s maker.' })
  backedUp!: boolean;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiPropertyOptional({ format: 'date-time' })
  lastUsedAt?: string;
}

export class RegisteredPasskeyView extends PasskeyView {
  @ApiPropertyOptional({
    type: [String],
    description: 'Ten recovery codes, shown this once, if the account had none.',
  })
  recoveryCodes?: string[];

  @ApiProperty({
    type: TokensView,
    description: 'In place of the old ones, which end: the new session has proved the passkey.',
  })
  tokens!: TokensView;
}

export class PasskeyOptionsView {
  @ApiProperty({ description: 'To be sent back with the answer. Good for five minutes and once.' })
  challenge!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description:
      'For the phone’s passkey call, as it is: `PublicKeyCredentialCreationOptionsJSON` or ' +
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
