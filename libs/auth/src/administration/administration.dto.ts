import { type Role, ROLES } from '@app/access';
import { AUDIT_EXPORT_FORMATS, type AuditExportFormat } from '@app/logging';
import { IsId, IsPlainText, ListQuery, Trimmed } from '@app/security';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsISO8601, IsOptional, IsString, Length, Matches } from 'class-validator';

export class UserParams {
  @IsId()
  userId!: string;
}

export class UserSessionParams extends UserParams {
  @IsId()
  sessionId!: string;
}

/** `erasing`: the owner has asked for the erasure, and the account is not erased yet. */
export const USER_STATES = ['active', 'disabled', 'erasing'] as const;
export type UserState = (typeof USER_STATES)[number];

export const USER_SORTS = ['newest', 'oldest', 'username'] as const;
export type UserSort = (typeof USER_SORTS)[number];

export class UsersQuery extends ListQuery {
  @ApiPropertyOptional({ maxLength: 64, description: 'Only the account of this name.' })
  @IsOptional()
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 64)
  username?: string;

  @ApiPropertyOptional({
    maxLength: 64,
    description: 'Only accounts whose name contains this text.',
  })
  @IsOptional()
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 64)
  search?: string;

  @ApiPropertyOptional({ enum: ROLES })
  @IsOptional()
  @IsIn(ROLES)
  role?: Role;

  @ApiPropertyOptional({ enum: USER_STATES })
  @IsOptional()
  @IsIn(USER_STATES)
  state?: UserState;

  @ApiPropertyOptional({ enum: USER_SORTS, default: 'newest' })
  @IsOptional()
  @IsIn(USER_SORTS)
  sort?: UserSort;
}

export const AUDIT_SORTS = ['newest', 'oldest'] as const;

/** What fields of a record look like, so that nothing else is looked for. */
export const AUDIT_FORMS = {
  action: /^[a-z_.]{1,60}$/,
  objectId: /^[\w./-]{1,64}$/,
  outcome: /^[a-z_]{1,60}$/,
} as const;

/** With its zone, from a year on whose moments an id can hold. */
const MOMENT = /^20\d\d-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;

export class AuditQuery extends ListQuery {
  @IsId({ optional: true, description: 'Only records of actions by this account.' })
  actorId?: string;

  @ApiPropertyOptional({ maxLength: 60, example: 'session.opened' })
  @IsOptional()
  @Matches(AUDIT_FORMS.action)
  action?: string;

  @ApiPropertyOptional({ maxLength: 64, description: 'Only records of actions on this object.' })
  @IsOptional()
  @Matches(AUDIT_FORMS.objectId)
  objectId?: string;

  @ApiPropertyOptional({ maxLength: 60, description: '`succeeded`, or an error code.' })
  @IsOptional()
  @Matches(AUDIT_FORMS.outcome)
  outcome?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Only records at or after this time.' })
  @IsOptional()
  @Matches(MOMENT)
  @IsISO8601({ strict: true })
  since?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Only records before this time.' })
  @IsOptional()
  @Matches(MOMENT)
  @IsISO8601({ strict: true })
  until?: string;

  @ApiPropertyOptional({ enum: AUDIT_SORTS, default: 'newest' })
  @IsOptional()
  @IsIn(AUDIT_SORTS)
  sort?: (typeof AUDIT_SORTS)[number];
}

const moment = { format: 'date-time', minLength: 10, maxLength: 35 };

export class AuditExportQuery {
  @ApiPropertyOptional({ enum: AUDIT_EXPORT_FORMATS, default: 'jsonl' })
  @IsOptional()
  @IsIn(AUDIT_EXPORT_FORMATS, { message: '$property must be jsonl, cef or ocsf' })
  format?: AuditExportFormat;

  @ApiPropertyOptional({ ...moment, description: 'Only records at or after this time.' })
  @IsOptional()
  @Matches(MOMENT)
  @IsISO8601({ strict: true })
  since?: string;

  @ApiPropertyOptional({ ...moment, description: 'Only records before this time.' })
  @IsOptional()
  @Matches(MOMENT)
  @IsISO8601({ strict: true })
  until?: string;
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
