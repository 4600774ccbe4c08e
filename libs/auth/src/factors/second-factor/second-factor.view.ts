import { ApiProperty } from '@nestjs/swagger';
import { TokensView } from '../../sessions/tokens.view.js';

export class SecondFactorView {
  @ApiProperty({ description: 'Whether a password alone is no longer enough.' })
  isOn!: boolean;

  @ApiProperty({ description: 'Whether codes of an authenticator app are on.' })
  totp!: boolean;

  @ApiProperty({ description: 'The number of passkeys.' })
  passkeys!: number;

  @ApiProperty({ description: 'The number of unused recovery codes, of ten.' })
  recoveryCodesLeft!: number;
}

export class TotpEnrolmentView {
  @ApiProperty({ description: 'For authenticator apps that cannot scan the QR code.' })
  secret!: string;

  @ApiProperty({ example: 'otpauth://totp/MCP%20Gateway:ada?secret=…&issuer=MCP%20Gateway' })
  uri!: string;

  @ApiProperty({ description: 'The same as an image: `data:image/png;base64,…`.' })
  qr!: string;
}

export class RecoveryCodesView {
  @ApiProperty({
    type: [String],
    description: 'Shown only once. Each can be used once in place of the second factor.',
    example: ['0123-4567-89AB-CDEF-GHJK-MNPQ'],
  })
  recoveryCodes!: string[];
}

export class FactorTurnedOnView extends RecoveryCodesView {
  @ApiProperty({
    type: TokensView,
    description: 'New tokens, as the old ones are revoked: the new session has proved the factor.',
  })
  tokens!: TokensView;
}
