import { CurrentUser, type Principal, RequiresStepUp, Roles } from '@app/access';
import { Audit, type AuditedCall, AuditObject } from '@app/logging';
import { ApiEnvelope, ApiErrors } from '@app/security';
import { SWITCH_SCOPES } from '@app/switches';
import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { millisecondsOf } from '../changes/milliseconds.js';
import { NewSwitchDto, SwitchesQuery, SwitchParams } from './switch.dto.js';
import type { SwitchErrorCode } from './switch.error.js';
import { parsePart } from './switch-target.js';
import { SwitchService } from './switch.service.js';
import { SwitchPageView, type SwitchView as View, SwitchView } from './switch.view.js';

/** What was to be switched, by its scope and name: the call may have been refused. */
const thePart = ({ params, body, result }: AuditedCall) => {
  const given = {
    ...(Object(body) as Partial<NewSwitchDto>),
    ...(result as Partial<View> | undefined),
  };
  const scope = SWITCH_SCOPES.find((known) => known === given.scope);
  const part = scope && parsePart(scope, given.target ?? undefined);
  if (!part?.target) return AuditObject.ofId('switch', given.id ?? params.switchId);
  return part.scope === 'account' || part.scope === 'device'
    ? AuditObject.ofId(part.scope, part.target)
    : AuditObject.ofName(part.scope, part.target, /^[\w.:/-]+$/);
};

@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/switches')
export class SwitchController {
  constructor(private readonly switches: SwitchService) {}

  @Audit({ action: 'switches.listed' })
  @ApiOperation({ operationId: 'listSwitches', summary: 'List what is switched off' })
  @ApiEnvelope(200, SwitchPageView)
  @Get()
  page(@Query() { limit, cursor, scope }: SwitchesQuery): Promise<SwitchPageView> {
    return this.switches.page({
      limit: Number(limit ?? 50),
      before: cursor,
      ...(scope && { scopes: [scope] }),
    });
  }

  @Audit({ action: 'switch.off', object: thePart })
  @ApiOperation({
    operationId: 'switchOff',
    summary: 'Switch off a part of the service, on all instances within a second',
    description:
      'Running work that uses the part is stopped. If the part is already off, this request replaces its reason and its duration.',
  })
  @ApiEnvelope(201, SwitchView)
  @ApiErrors<SwitchErrorCode>('part_not_found', 'own_account')
  @Post()
  off(
    @CurrentUser() operator: Principal,
    @Body() { scope, target, reason, seconds }: NewSwitchDto,
  ): Promise<SwitchView> {
    const wanted = { scope, target, reason, durationMs: millisecondsOf(seconds) };
    return this.switches.off(wanted, operator);
  }

  @Audit({ action: 'switch.on', object: thePart })
  @ApiOperation({ operationId: 'switchOn', summary: 'Switch on a part of the service again' })
  @ApiEnvelope(200, SwitchView)
  @ApiErrors<SwitchErrorCode>('switch_not_found')
  @Delete(':switchId')
  on(@Param() { switchId }: SwitchParams): Promise<SwitchView> {
    return this.switches.on(switchId);
  }
}
