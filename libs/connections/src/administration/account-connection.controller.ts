import { RequiresStepUp, Roles } from '@app/access';
import { Audit, type AuditedCall, AuditObject } from '@app/logging';
import { ApiEnvelope, ApiErrors } from '@app/security';
import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ConnectionErrorCode } from '../connection.error.js';
import {
  AccountConnectionParams,
  AccountConnectionsQuery,
  RevokeConnectionQuery,
} from './account-connection.dto.js';
import { AccountConnectionService } from './account-connection.service.js';
import { AccountConnectionPageView, AccountConnectionView } from './account-connection.view.js';
import { ConnectionRevocationService } from './connection-revocation.service.js';

/** The account, as its connection is gone afterwards; the id of the connection if there was none. */
const theOwner = ({ params, result }: AuditedCall) => {
  const { accountId } = (result ?? {}) as Partial<AccountConnectionView>;
  return AuditObject.ofId('account', accountId) ?? AuditObject.ofId('connection', params.grantId);
};

@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/connections')
export class AccountConnectionController {
  constructor(
    private readonly connections: AccountConnectionService,
    private readonly revocations: ConnectionRevocationService,
  ) {}

  @Audit({ action: 'connections.listed' })
  @ApiOperation({
    operationId: 'listAccountConnections',
    summary: 'List the connections of users to MCP servers, never their tokens',
  })
  @ApiEnvelope(200, AccountConnectionPageView)
  @Get()
  list(@Query() { limit, ...filter }: AccountConnectionsQuery): Promise<AccountConnectionPageView> {
    return this.connections.list({ ...filter, limit: Number(limit ?? 50) });
  }

  @Audit({ action: 'connection.revoked', object: theOwner })
  @ApiOperation({
    operationId: 'revokeAccountConnection',
    summary: 'End a connection of a user: deletes its tokens here and revokes them at the service',
    description:
      'All instances refuse its tokens from the next call on. The user can connect the server again: switch off the server to prevent that.',
  })
  @ApiEnvelope(200, AccountConnectionView)
  @ApiErrors<ConnectionErrorCode>('connection_not_found')
  @Delete(':grantId')
  revoke(
    @Param() { grantId }: AccountConnectionParams,
    @Query() { reason }: RevokeConnectionQuery,
  ): Promise<AccountConnectionView> {
    return this.revocations.revoke(grantId, reason);
  }
}
