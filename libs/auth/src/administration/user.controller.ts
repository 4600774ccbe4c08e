import { Audit, type AuditedCall } from '@app/logging';
import { ApiEnvelope } from '@app/security';
import { Body, Controller, Delete, Get, Inject, Param, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ROLES } from '../accounts/account.entity.js';
import { CurrentUser } from '../guards/current-user.decorator.js';
import { Roles } from '../guards/roles.decorator.js';
import { RequiresStepUp } from '../step-up/requires-step-up.decorator.js';
import type { Principal } from '../tokens/principal.js';
import { ChangeDisabledDto, ChangeRoleDto, UserParams, UsersQuery } from './administration.dto.js';
import { Administration } from './administration.service.js';
import { UserPageView, UserView } from './user.view.js';

/** What was given and what was switched is in the action: a record has no other words. */
const roleSet = ({ body }: AuditedCall) => {
  const role = ROLES.find((known) => known === (body as Partial<ChangeRoleDto> | null)?.role);
  return role ? `user.role_set.${role}` : 'user.role_set';
};
const switched = ({ body }: AuditedCall) => {
  const isDisabled = (body as Partial<ChangeDisabledDto> | null)?.isDisabled;
  if (typeof isDisabled !== 'boolean') return 'user.switched';
  return isDisabled ? 'user.switched_off' : 'user.switched_on';
};
const theUser = ({ params }: AuditedCall) => ({ type: 'account', id: params.userId ?? '' });

@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/users')
export class UserController {
  constructor(@Inject(Administration) private readonly administration: Administration) {}

  @Audit({ action: 'users.listed' })
  @ApiOperation({ summary: 'The accounts' })
  @ApiEnvelope(200, UserPageView)
  @Get()
  list(@Query() query: UsersQuery): Promise<UserPageView> {
    return this.administration.list(query);
  }

  @Audit({ action: 'user.read', object: theUser })
  @ApiOperation({ summary: 'An account' })
  @ApiEnvelope(200, UserView)
  @Get(':userId')
  get(@Param() { userId }: UserParams): Promise<UserView> {
    return this.administration.get(userId);
  }

  @Audit({ action: roleSet, object: theUser })
  @ApiOperation({ summary: 'Give an account another role' })
  @ApiEnvelope(200, UserView)
  @Put(':userId/role')
  changeRole(
    @CurrentUser() admin: Principal,
    @Param() { userId }: UserParams,
    @Body() { role }: ChangeRoleDto,
  ): Promise<UserView> {
    return this.administration.changeRole(admin, userId, role);
  }

  @Audit({ action: switched, object: theUser })
  @ApiOperation({ summary: 'Switch an account off, or on again' })
  @ApiEnvelope(200, UserView)
  @Put(':userId/disabled')
  setDisabled(
    @CurrentUser() admin: Principal,
    @Param() { userId }: UserParams,
    @Body() { isDisabled }: ChangeDisabledDto,
  ): Promise<UserView> {
    return this.administration.setDisabled(admin, userId, isDisabled);
  }

  @Audit({ action: 'user.signed_out', object: theUser })
  @ApiOperation({ summary: 'Sign all devices of a user out' })
  @ApiEnvelope(200)
  @Delete(':userId/sessions')
  endSessions(@Param() { userId }: UserParams): Promise<void> {
    return this.administration.endSessions(userId);
  }
}
