import { CurrentUser, type Principal, RequiresStepUp, ROLES, Roles } from '@app/access';
import { Audit, type AuditedCall, AuditObject } from '@app/logging';
import { ApiEnvelope, ApiErrors } from '@app/security';
import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ChangeDisabledDto, ChangeRoleDto, UserParams, UsersQuery } from './administration.dto.js';
import type { AdministrationErrorCode } from './administration.error.js';
import { AdministrationService } from './administration.service.js';
import { UserPageView, UserView } from './user.view.js';

/** The action names the role and the switch position, because an audit record has no field for them. */
const roleSet = ({ body }: AuditedCall) => {
  const role = ROLES.find((known) => known === (body as Partial<ChangeRoleDto> | null)?.role);
  return role ? `user.role_set.${role}` : 'user.role_set';
};
const switched = ({ body }: AuditedCall) => {
  const isDisabled = (body as Partial<ChangeDisabledDto> | null)?.isDisabled;
  if (typeof isDisabled !== 'boolean') return 'user.switched';
  return isDisabled ? 'user.switched_off' : 'user.switched_on';
};
const theUser = ({ params }: AuditedCall) => AuditObject.ofId('account', params.userId);

@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/users')
export class UserController {
  constructor(private readonly administration: AdministrationService) {}

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
  @ApiErrors<AdministrationErrorCode>('user_not_found')
  @Get(':userId')
  get(@Param() { userId }: UserParams): Promise<UserView> {
    return this.administration.get(userId);
  }

  @Audit({ action: roleSet, object: theUser })
  @ApiOperation({ operationId: 'changeUserRole', summary: 'Give an account another role' })
  @ApiEnvelope(200, UserView)
  @ApiErrors<AdministrationErrorCode>('own_account', 'user_not_found')
  @Put(':userId/role')
  changeRole(
    @CurrentUser() admin: Principal,
    @Param() { userId }: UserParams,
    @Body() { role }: ChangeRoleDto,
  ): Promise<UserView> {
    return this.administration.changeRole(admin, userId, role);
  }

  @Audit({ action: switched, object: theUser })
  @ApiOperation({ operationId: 'setUserDisabled', summary: 'Switch an account off, or on again' })
  @ApiEnvelope(200, UserView)
  @ApiErrors<AdministrationErrorCode>('own_account', 'user_not_found')
  @Put(':userId/disabled')
  setDisabled(
    @CurrentUser() admin: Principal,
    @Param() { userId }: UserParams,
    @Body() { isDisabled }: ChangeDisabledDto,
  ): Promise<UserView> {
    return this.administration.setDisabled(admin, userId, isDisabled);
  }

  @Audit({ action: 'user.signed_out', object: theUser })
  @ApiOperation({ operationId: 'endUserSessions', summary: 'Sign all devices of a user out' })
  @ApiEnvelope(200)
  @ApiErrors<AdministrationErrorCode>('user_not_found')
  @Delete(':userId/sessions')
  endSessions(@Param() { userId }: UserParams): Promise<void> {
    return this.administration.endSessions(userId);
  }
}
