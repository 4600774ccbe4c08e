import { CurrentUser, type Principal, Public } from '@app/access';
import { Audit, type AuditedCall, AuditObject } from '@app/logging';
import { ApiEnvelope, ApiEnvelopeOfList, ApiErrors, BareResponse, LimitedBy } from '@app/security';
import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CONNECTION_ID } from '../connection-id.js';
import type { ConnectionErrorCode } from '../connection.error.js';
import { ClientDocument } from './client-document.js';
import { ConfirmConnectionDto, ConnectionParams } from './connection.dto.js';
import { ConnectionService } from './connection.service.js';
import { AuthorizationView, ConnectionView } from './connection.view.js';
import { CONNECTIONS_PATH, DOCUMENT_ROUTE, RETURN_ROUTE } from './gateway-addresses.js';
import type { ReturnAnswer } from './return-answer.js';
import { ReturnService } from './return.service.js';
import { type ReturnedAnswer, ReturnedQuery } from './returned-query.decorator.js';

const theConnection = ({ params }: AuditedCall) =>
  AuditObject.ofName('connection', params.server, CONNECTION_ID);

@ApiTags('Connections')
@Controller(CONNECTIONS_PATH)
export class ConnectionController {
  constructor(
    private readonly connections: ConnectionService,
    private readonly returns: ReturnService,
    private readonly document: ClientDocument,
  ) {}

  @ApiBearerAuth()
  @ApiOperation({
    summary: 'List the external services that assistants can use with your account there',
  })
  @ApiEnvelopeOfList(200, ConnectionView)
  @Get()
  list(@CurrentUser() user: Principal): Promise<ConnectionView[]> {
    return this.connections.list(user.accountId);
  }

  @Public()
  @ApiOperation({
    operationId: 'returnFromConnection',
    summary: 'Redirect URI of OAuth: the browser returns here from the external service',
    description:
      'If CONNECTIONS_RETURN_URL is set, redirects to that address with `connection` and either `code` (for `confirmConnection`) or `error` (`expired`, `denied` or `failed`). Otherwise shows a page with the code.',
  })
  @ApiResponse({ status: 200, description: 'A page for the user.' })
  @ApiResponse({ status: 303, description: 'Redirects to the app.' })
  @Get(RETURN_ROUTE)
  receive(@ReturnedQuery() answer: ReturnedAnswer): Promise<ReturnAnswer> {
    return this.returns.receive(answer);
  }

  @Public()
  @BareResponse()
  @ApiOperation({
    operationId: 'describeClient',
    summary: 'Describes this gateway to authorization servers (Client ID Metadata Document)',
  })
  @ApiResponse({ status: 200, description: 'The metadata of a client (RFC 7591).' })
  @Get(DOCUMENT_ROUTE)
  describe(): object {
    return this.document.content;
  }

  @ApiBearerAuth()
  @LimitedBy('chat')
  @Audit({ action: 'connection.begun', object: theConnection })
  @ApiOperation({
    operationId: 'authorizeConnection',
    summary: 'Start to connect a service; returns the address to open in the browser of the phone',
  })
  @ApiEnvelope(200, AuthorizationView)
  @ApiErrors<ConnectionErrorCode>('connection_not_found', 'connection_unavailable')
  @HttpCode(200)
  @Post(':server/authorize')
  authorize(
    @CurrentUser() user: Principal,
    @Param() { server }: ConnectionParams,
  ): Promise<AuthorizationView> {
    return this.connections.authorize(user.accountId, server);
  }

  @ApiBearerAuth()
  @LimitedBy('chat')
  @Audit({ action: 'connection.confirmed', object: theConnection })
  @ApiOperation({
    operationId: 'confirmConnection',
    summary: 'Complete the connection with the code from the redirect',
    description:
      'Only the user who started the connection can confirm it. The same code may be sent again.',
  })
  @ApiEnvelope(200, ConnectionView)
  @ApiErrors<ConnectionErrorCode>(
    'connection_not_found',
    'connection_code_invalid',
    'connection_unavailable',
  )
  @HttpCode(200)
  @Post(':server/confirm')
  confirm(
    @CurrentUser() user: Principal,
    @Param() { server }: ConnectionParams,
    @Body() { code }: ConfirmConnectionDto,
  ): Promise<ConnectionView> {
    return this.connections.confirm(user.accountId, server, code);
  }

  @ApiBearerAuth()
  @LimitedBy('chat')
  @Audit({ action: 'connection.removed', object: theConnection })
  @ApiOperation({
    operationId: 'removeConnection',
    summary: 'Disconnect a service: deletes the tokens here and revokes them at the service',
  })
  @ApiEnvelope(200)
  @ApiErrors<ConnectionErrorCode>('connection_not_found')
  @Delete(':server')
  remove(@CurrentUser() user: Principal, @Param() { server }: ConnectionParams): Promise<void> {
    return this.connections.disconnect(user.accountId, server);
  }
}
