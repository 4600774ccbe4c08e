import { ApiProperty } from '@nestjs/swagger';
import { TokensView } from '../../sessions/tokens.view.js';

export class SecondFactorView {
  @ApiProperty({ description: 'Whether a password alone is no longer enough.' })
  isOn!: boolean;

  @ApiProperty({ description: 'Whether codes of an authenticator app are on.' })
  totp!: boolean;

  @ApiProperty({ description: 'How many passkeys there are.' })
  passkeys!: number;

  @ApiProperty({ description: 'How many recovery codes are left, of ten.' })
  recoveryCodesLeft!: number;
}

export class TotpEnrolmentView {
  @ApiProperty({ description: 'To be typed into an authenticator app that cannot scan.' })
  secret!: string;

  @ApiProperty({ example: 'otpauth://totp/MCP%20Gateway:ada?secret=…&issuer=MCP%20Gateway' })
  uri!: string;

  @ApiProperty({ description: 'The same as an image: `data:image/png;base64,…`.' })
  qr!: string;
}

export class RecoveryCodesView {
  @ApiProperty({
    type: [String],
    description: 'Shown this once. Each signs in once in place of the other factor.',
    example: ['0123-4567-89AB-CDEF-GHJK-MNPQ'],
  })
  recoveryCodes!: string[];
}

export class FactorTurnedOnView extends RecoveryCodesView {
  @ApiProperty({
    type: TokensView,
    description: 'In place of the old ones, which end: the new session has proved the factor.',
  })
  tokens!: TokensView;
}
