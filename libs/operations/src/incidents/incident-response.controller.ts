import { CurrentUser, type Principal, RequiresStepUp, Roles } from '@app/access';
import { Audit, type AuditedCall, AuditObject } from '@app/logging';
import { ApiEnvelope, ApiErrors, ListQuery } from '@app/security';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AccountsDto, AffectedAccountParams, TraceDto } from './affected-account.dto.js';
import { AffectedAccountService } from './affected-account.service.js';
import { ContainmentDto } from './containment.dto.js';
import { ContainmentService } from './containment.service.js';
import { ContainmentView, TraceView } from './containment.view.js';
import { IncidentChecklistService } from './incident-checklist.service.js';
import { IncidentItemParams, IncidentParams, ItemStateDto, NewItemDto } from './incident.dto.js';
import type { IncidentErrorCode } from './incident.error.js';
import { theIncident } from './incident-object.js';
import { AffectedAccountPageView, IncidentItemView } from './incident.view.js';
import { operatorOf } from './operator.js';
import { toTrace } from './to-trace.js';

const theAccount = ({ params }: AuditedCall) => AuditObject.ofId('account', params.accountId);

/** What is done about an incident: the accounts that it concerns, its containment, its checklist. */
@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/incidents/:incidentId')
export class IncidentResponseController {
  constructor(
    private readonly accounts: AffectedAccountService,
    private readonly containment: ContainmentService,
    private readonly checklist: IncidentChecklistService,
  ) {}

  @Audit({ action: 'incident.accounts_listed', object: theIncident })
  @ApiOperation({ operationId: 'listAffectedAccounts', summary: 'List the affected accounts' })
  @ApiEnvelope(200, AffectedAccountPageView)
  @ApiErrors<IncidentErrorCode>('incident_not_found')
  @Get('accounts')
  list(
    @Param() { incidentId }: IncidentParams,
    @Query() { limit, cursor }: ListQuery,
  ): Promise<AffectedAccountPageView> {
    return this.accounts.list(incidentId, Number(limit ?? 50), cursor);
  }

  @Audit({ action: 'incident.accounts_added', object: theIncident })
  @ApiOperation({
    operationId: 'addAffectedAccounts',
    summary: 'Add affected accounts by their ids',
  })
  @ApiEnvelope(200, TraceView)
  @ApiErrors<IncidentErrorCode>('incident_not_found', 'incident_closed', 'incident_full')
  @HttpCode(200)
  @Post('accounts')
  add(
    @CurrentUser() user: Principal,
    @Param() { incidentId }: IncidentParams,
    @Body() { accountIds }: AccountsDto,
  ): Promise<TraceView> {
    return this.accounts.add(incidentId, accountIds, 'operator', operatorOf(user));
  }

  @Audit({ action: 'incident.accounts_traced', object: theIncident })
  @ApiOperation({
    operationId: 'traceAffectedAccounts',
    summary: 'Search the audit trail for affected accounts, and add them',
  })
  @ApiEnvelope(200, TraceView)
  @ApiErrors<IncidentErrorCode>('incident_not_found', 'incident_closed', 'incident_full')
  @HttpCode(200)
  @Post('accounts/trace')
  trace(
    @CurrentUser() user: Principal,
    @Param() { incidentId }: IncidentParams,
    @Body() input: TraceDto,
  ): Promise<TraceView> {
    return this.accounts.trace(incidentId, toTrace(input), operatorOf(user));
  }

  @Audit({ action: 'incident.account_removed', object: theAccount })
  @ApiOperation({
    operationId: 'removeAffectedAccount',
    summary: 'Remove an account that is not affected',
  })
  @ApiEnvelope(200)
  @ApiErrors<IncidentErrorCode>('incident_not_found', 'incident_closed', 'incident_full')
  @Delete('accounts/:accountId')
  remove(
    @CurrentUser() user: Principal,
    @Param() { incidentId, accountId }: AffectedAccountParams,
  ): Promise<void> {
    return this.accounts.remove(incidentId, accountId, operatorOf(user));
  }

  @Audit({ action: 'incident.contained', object: theIncident })
  @ApiOperation({
    operationId: 'containIncident',
    summary: 'Contain an incident with several actions, on all instances within a second',
  })
  @ApiEnvelope(200, ContainmentView)
  @ApiErrors<IncidentErrorCode>('incident_not_found', 'incident_closed', 'incident_full')
  @HttpCode(200)
  @Post('contain')
  contain(
    @CurrentUser() user: Principal,
    @Param() { incidentId }: IncidentParams,
    @Body() { actions }: ContainmentDto,
  ): Promise<ContainmentView> {
    return this.containment.contain(incidentId, actions, operatorOf(user));
  }

  @Audit({ action: 'incident.item_added', object: theIncident })
  @ApiOperation({ operationId: 'addIncidentItem', summary: 'Add an item to the checklist' })
  @ApiEnvelope(200, IncidentItemView)
  @ApiErrors<IncidentErrorCode>('incident_not_found', 'incident_closed', 'incident_full')
  @HttpCode(200)
  @Post('items')
  addItem(
    @CurrentUser() user: Principal,
    @Param() { incidentId }: IncidentParams,
    @Body() input: NewItemDto,
  ): Promise<IncidentItemView> {
    return this.checklist.add(incidentId, input, operatorOf(user));
  }

  @Audit({ action: 'incident.item_settled', object: theIncident })
  @ApiOperation({ operationId: 'settleIncidentItem', summary: 'Set the state of a checklist item' })
  @ApiEnvelope(200, IncidentItemView)
  @ApiErrors<IncidentErrorCode>(
    'incident_not_found',
    'incident_closed',
    'incident_full',
    'incident_item_not_found',
  )
  @Put('items/:itemId')
  settle(
    @CurrentUser() user: Principal,
    @Param() { incidentId, itemId }: IncidentItemParams,
    @Body() input: ItemStateDto,
  ): Promise<IncidentItemView> {
    return this.checklist.settle(incidentId, itemId, input, operatorOf(user));
  }
}
