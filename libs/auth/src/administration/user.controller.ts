import { CurrentUser, type Principal, RequiresStepUp, ROLES, Roles } from '@app/access';
import { Audit, type AuditedCall } from '@app/logging';
import { ApiEnvelope, ApiEnvelopeOfList, ApiErrors } from '@app/security';
import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { SessionErrorCode } from '../sessions/session.error.js';
import { SessionView } from '../sessions/session.view.js';
import {
  ChangeDisabledDto,
  ChangeRoleDto,
  UserParams,
  UserSessionParams,
  UsersQuery,
} from './administration.dto.js';
import type { AdministrationErrorCode } from './administration.error.js';
import { AdministrationService } from './administration.service.js';
import type { ConfirmationErrorCode } from './four-eyes/confirmation.error.js';
import { SignOutService } from './sign-out.service.js';
import { UserListService } from './user-list.service.js';
import { theUser } from './user-object.js';
import { UserSessionService } from './user-session.service.js';
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

@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/users')
export class UserController {
  constructor(
    private readonly users: UserListService,
    private readonly administration: AdministrationService,
    private readonly sessions: UserSessionService,
    private readonly signOut: SignOutService,
  ) {}

  @Audit({ action: 'users.listed' })
  @ApiOperation({ summary: 'List the accounts' })
  @ApiEnvelope(200, UserPageView)
  @Get()
  list(@Query() { limit, ...filter }: UsersQuery): Promise<UserPageView> {
    return this.users.list({ limit: Number(limit ?? 50), ...filter });
  }

  @Audit({ action: 'user.read', object: theUser })
  @ApiOperation({ summary: 'Get an account' })
  @ApiEnvelope(200, UserView)
  @ApiErrors<AdministrationErrorCode>('user_not_found')
  @Get(':userId')
  get(@Param() { userId }: UserParams): Promise<UserView> {
    return this.users.get(userId);
  }

  @Audit({ action: roleSet, object: theUser })
  @ApiOperation({ operationId: 'changeUserRole', summary: 'Change the role of an account' })
  @ApiEnvelope(200, UserView)
  @ApiErrors<AdministrationErrorCode | ConfirmationErrorCode>(
    'own_account',
    'user_not_found',
    'erasure_requested',
    'confirmation_required',
  )
  @Put(':userId/role')
  changeRole(
    @CurrentUser() admin: Principal,
    @Param() { userId }: UserParams,
    @Body() { role }: ChangeRoleDto,
  ): Promise<UserView> {
    return this.administration.changeRole(admin, userId, role);
  }

  @Audit({ action: switched, object: theUser })
  @ApiOperation({ operationId: 'setUserDisabled', summary: 'Disable or enable an account' })
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

  @Audit({ action: 'user.sessions_listed', object: theUser })
  @ApiOperation({ operationId: 'listUserSessions', summary: 'List the devices of a user' })
  @ApiEnvelopeOfList(200, SessionView)
  @ApiErrors<AdministrationErrorCode>('user_not_found')
  @Get(':userId/sessions')
  listSessions(
    @CurrentUser() { sessionId }: Principal,
    @Param() { userId }: UserParams,
  ): Promise<SessionView[]> {
    return this.sessions.list(userId, sessionId);
  }

  @Audit({ action: 'user.session_ended', object: theUser })
  @ApiOperation({ operationId: 'endUserSession', summary: 'Sign out one device of a user' })
  @ApiEnvelope(200)
  @ApiErrors<AdministrationErrorCode | SessionErrorCode>('user_not_found', 'session_not_found')
  @Delete(':userId/sessions/:sessionId')
  endSession(@Param() { userId, sessionId }: UserSessionParams): Promise<void> {
    return this.sessions.end(userId, sessionId);
  }

  @Audit({ action: 'user.signed_out', object: theUser })
  @ApiOperation({ operationId: 'endUserSessions', summary: 'Sign out all devices of a user' })
  @ApiEnvelope(200)
  @ApiErrors<AdministrationErrorCode>('user_not_found')
  @Delete(':userId/sessions')
  endSessions(@Param() { userId }: UserParams): Promise<void> {
    return this.signOut.signOut(userId);
  }
}
