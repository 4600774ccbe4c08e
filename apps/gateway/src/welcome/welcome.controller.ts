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

  @ApiOperation({ operationId: 'welcome', summary: 'Welcome page with links to the API' })
  @ApiEnvelope(200, WelcomeView)
  @Get()
  welcome(): WelcomeView {
    const pages = this.openApi.isServed ? { docs: 'docs', openapi: 'docs/openapi.json' } : {};
    return { name: 'MCP Phone gateway', ...pages, health: 'health' };
  }

  @ApiOperation({
    operationId: 'checkApi',
    summary:
      'Check that an app can reach the API; for probes use `/health`, which has no rate limit',
  })
  @ApiEnvelope(200, AliveView)
  @Get('api/health')
  alive(): AliveView {
    return { status: 'ok' };
  }
}
