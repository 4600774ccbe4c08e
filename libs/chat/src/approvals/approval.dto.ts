import { IsId } from '@app/security';
import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, Matches } from 'class-validator';

/** How the id of a call looks. */
const CALL_ID = /^[0-9]{1,3}(?:-[0-9]{1,3})?$/;

export class ApprovalParams {
  @IsId()
  runId!: string;

  @ApiProperty({ example: '1-1', pattern: CALL_ID.source })
  @Matches(CALL_ID, { message: '$property must be the id of a call' })
  callId!: string;
}

export class DecisionDto {
  @ApiProperty({ description: 'false: the tool is not called, and the assistant is informed.' })
  @IsBoolean()
  approve!: boolean;
}
