import { Public } from '@app/access';
import { ApiEnvelope } from '@app/security';
import { Controller, Get, Inject } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { openApiConfig } from '../openapi/openapi.config.js';
import { AliveView, WelcomeView } from './welcome.view.js';

/** For a person or an app that knows nothing but the address. */
@ApiTags('Health')
@Public()
@Controller()
export class WelcomeController {
  constructor(
    @Inject(openApiConfig.KEY) private readonly openApi: ConfigType<typeof openApiConfig>,
  ) {}

  @ApiOperation({ operationId: 'welcome', summary: 'What this is, and where to go from here' })
  @ApiEnvelope(200, WelcomeView)
  @Get()
  welcome(): WelcomeView {
    const pages = this.openApi.isServed ? { docs: 'docs', openapi: 'docs/openapi.json' } : {};
    return { name: 'MCP Phone gateway', ...pages, health: 'health' };
  }

  @ApiOperation({
    operationId: 'checkApi',
    summary: 'Whether an app reaches the API; probes use `/health`, which no limit counts',
  })
  @ApiEnvelope(200, AliveView)
  @Get('api/health')
  alive(): AliveView {
    return { status: 'ok' };
  }
}
