import { RequiresStepUp, Roles } from '@app/access';
import { Audit } from '@app/logging';
import { ApiEnvelopeOfList } from '@app/security';
import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ServerService } from './server.service.js';
import { ServerView } from './server.view.js';

@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/servers')
export class ServerController {
  constructor(private readonly servers: ServerService) {}

  @Audit({ action: 'servers.listed' })
  @ApiOperation({
    summary:
      'List the MCP servers of the assistants: which fail and why, and which of their tools are not offered',
  })
  @ApiEnvelopeOfList(200, ServerView)
  @Get()
  list(): ServerView[] {
    return this.servers.list();
  }
}
