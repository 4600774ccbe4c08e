import { CurrentUser, type Principal, RequiresStepUp, Roles } from '@app/access';
import { Audit, type AuditedCall } from '@app/logging';
import { ApiEnvelope, ApiErrors, ListQuery } from '@app/security';
import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { UserParams } from './administration.dto.js';
import type { AdministrationErrorCode } from './administration.error.js';
import { RoleHolderPageView } from './role-holder.view.js';
import { REVIEW_DECISIONS, ReviewRoleDto } from './role-review.dto.js';
import { RoleReviewService } from './role-review.service.js';
import { theUser } from './user-object.js';

/** The action names the decision, because an audit record has no field for it. */
const reviewed = ({ body }: AuditedCall) => {
  const { decision } = (body ?? {}) as Partial<ReviewRoleDto>;
  const known = REVIEW_DECISIONS.find((one) => one === decision);
  if (!known) return 'role.reviewed';
  return known === 'confirm' ? 'role.confirmed' : 'role.withdrawn';
};

@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/roles')
export class RoleController {
  constructor(private readonly reviews: RoleReviewService) {}

  @Audit({ action: 'roles.listed' })
  @ApiOperation({
    operationId: 'listRoleHolders',
    summary: 'List the role holders, since when they hold the role, and when its review is due',
  })
  @ApiEnvelope(200, RoleHolderPageView)
  @Get()
  list(@Query() { limit, cursor }: ListQuery): Promise<RoleHolderPageView> {
    return this.reviews.list(Number(limit ?? 50), cursor);
  }

  @Audit({ action: reviewed, object: theUser })
  @ApiOperation({ operationId: 'reviewRole', summary: 'Confirm or withdraw a role' })
  @ApiEnvelope(200)
  @ApiErrors<AdministrationErrorCode>('own_account', 'user_not_found', 'role_not_held')
  @Put(':userId/review')
  review(
    @CurrentUser() admin: Principal,
    @Param() { userId }: UserParams,
    @Body() decision: ReviewRoleDto,
  ): Promise<void> {
    return this.reviews.review(admin, userId, decision);
  }
}
