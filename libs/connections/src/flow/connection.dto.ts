import { Trimmed } from '@app/security';
import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { CONNECTION_ID } from '../connection-id.js';
import { TYPED_CODE } from './confirmation-code.js';

export class ConnectionParams {
  @ApiProperty({ example: 'pBOQ8vFQ0Ic3QGdGJkHpJQ', pattern: CONNECTION_ID.source })
  @Matches(CONNECTION_ID, { message: '$property must be the id of a connection' })
  server!: string;
}

export class ConfirmConnectionDto {
  @ApiProperty({
    example: '7KWQ2-9FZTB',
    pattern: TYPED_CODE.source,
    description: 'The code from the redirect to the app, or as the user has typed it.',
  })
  @Trimmed()
  @Matches(TYPED_CODE, { message: '$property must be the code of 10 letters and digits' })
  code!: string;
}
