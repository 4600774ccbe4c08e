import { type Role, ROLES } from '@app/access';
import { IsId, IsPlainText, Trimmed } from '@app/security';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';

export class UserParams {
  @IsId()
  userId!: string;
}

export class ListQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 100, default: 50 })
  @IsOptional()
  @Matches(/^([1-9]\d?|100)$/, { message: '$property must be a number from 1 to 100' })
  limit?: string;

  @IsId({ optional: true, description: 'The nextCursor of the page before.' })
  cursor?: string;
}

export class UsersQuery extends ListQuery {
  @ApiPropertyOptional({ maxLength: 64, description: 'Only the account of this name.' })
  @IsOptional()
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 64)
  username?: string;
}

export class AuditQuery extends ListQuery {
  @IsId({ optional: true, description: 'Only what this account did.' })
  actorId?: string;

  @ApiPropertyOptional({ maxLength: 60, example: 'session.opened' })
  @IsOptional()
  @Matches(/^[a-z_.]{1,60}$/)
  action?: string;
}

export class ChangeRoleDto {
  @ApiProperty({ enum: ROLES })
  @IsIn(ROLES)
  role!: Role;
}

export class ChangeDisabledDto {
  @ApiProperty()
  @IsBoolean()
  isDisabled!: boolean;
}
