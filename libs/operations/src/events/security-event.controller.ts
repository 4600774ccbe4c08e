import { CurrentUser, type Principal, RequiresStepUp, Roles } from '@app/access';
import { Audit, type AuditedCall, AuditObject } from '@app/logging';
import { ApiEnvelope, ApiErrors, clientAddress } from '@app/security';
import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SecurityEventParams, SecurityEventsQuery } from './security-event.dto.js';
import type { SecurityEventErrorCode } from './security-event.error.js';
import { type EventFilter, SecurityEventService } from './security-event.service.js';
import { SecurityEventPageView, SecurityEventView } from './security-event.view.js';

const theEvent = ({ params }: AuditedCall) => AuditObject.ofId('security_event', params.eventId);

@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['auditor', 'admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/events')
export class SecurityEventController {
  constructor(private readonly events: SecurityEventService) {}

  @Audit({ action: 'security_events.listed' })
  @ApiOperation({
    operationId: 'listSecurityEvents',
    summary: 'List the security events, the latest first',
  })
  @ApiEnvelope(200, SecurityEventPageView)
  @Get()
  page(@Query() { limit, cursor, ...filter }: SecurityEventsQuery): Promise<SecurityEventPageView> {
    return this.events.list(toFilter(filter), Number(limit ?? 50), cursor);
  }

  @Audit({ action: 'security_event.read', object: theEvent })
  @ApiOperation({ operationId: 'readSecurityEvent', summary: 'Get one security event' })
  @ApiEnvelope(200, SecurityEventView)
  @ApiErrors<SecurityEventErrorCode>('security_event_not_found')
  @Get(':eventId')
  read(@Param() { eventId }: SecurityEventParams): Promise<SecurityEventView> {
    return this.events.get(eventId);
  }

  @Audit({ action: 'security_event.acknowledged', object: theEvent })
  @ApiOperation({
    operationId: 'acknowledgeSecurityEvent',
    summary: 'Acknowledge a security event; later findings become a new event',
  })
  @ApiEnvelope(200, SecurityEventView)
  @ApiErrors<SecurityEventErrorCode>('security_event_not_found')
  @Roles(['admin'])
  @HttpCode(200)
  @Post(':eventId/acknowledge')
  acknowledge(
    @Param() { eventId }: SecurityEventParams,
    @CurrentUser() { accountId }: Principal,
  ): Promise<SecurityEventView> {
    return this.events.acknowledge(eventId, accountId);
  }
}

/** Addresses are kept as limits count them: of IPv6 the network of the client. */
function toFilter({ state, address, ...filter }: Omit<SecurityEventsQuery, 'limit' | 'cursor'>) {
  const isAcknowledged = state === undefined ? {} : { isAcknowledged: state === 'acknowledged' };
  const ofAddress = address === undefined ? {} : { address: clientAddress(address) };
  return { ...filter, ...isAcknowledged, ...ofAddress } satisfies EventFilter;
}
