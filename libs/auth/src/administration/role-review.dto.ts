import { type Role, ROLES } from '@app/access';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';

/** The roles that are reviewed. */
export const GRANTED_ROLES = ROLES.filter((role) => role !== 'user');

export const REVIEW_DECISIONS = ['confirm', 'withdraw'] as const;
export type ReviewDecision = (typeof REVIEW_DECISIONS)[number];

export class ReviewRoleDto {
  @ApiProperty({ enum: GRANTED_ROLES, description: 'The role that was reviewed.' })
  @IsIn(GRANTED_ROLES)
  role!: Role;

  @ApiProperty({ enum: REVIEW_DECISIONS })
  @IsIn(REVIEW_DECISIONS)
  decision!: ReviewDecision;
}
