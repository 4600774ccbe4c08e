import { Public } from '@app/access';
import { McpConnections } from '@app/mcp';
import { DatabaseHealthIndicator } from '@app/persistence';
import { BareResponse, RedisHealthIndicator, Unlimited } from '@app/security';
import { Controller, Get, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { RememberedAnswer } from './remembered-answer.js';

const LIVE = { type: 'object', required: ['status'], properties: { status: { type: 'string' } } };

const READY = {
  type: 'object',
  required: ['status', 'details'],
  properties: {
    status: { type: 'string', enum: ['ok', 'error', 'shutting_down'] },
    details: { type: 'object', additionalProperties: { type: 'object' } },
  },
};

/** For probes: they ask often, sign in nowhere and read statuses, not envelopes. */
@ApiTags('Health')
@Public()
@Unlimited()
@Controller('health')
export class HealthController {
  private readonly readiness = new RememberedAnswer(() => this.probe());

  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: DatabaseHealthIndicator,
    private readonly counters: RedisHealthIndicator,
    private readonly mcp: McpConnections,
  ) {}

  @ApiOperation({ operationId: 'checkLiveness', summary: 'Liveness: 200 while the process runs' })
  @ApiResponse({ status: 200, description: 'The process is alive.', schema: LIVE })
  @BareResponse()
  @Get()
  live(): object {
    return { status: 'ok' };
  }

  @ApiOperation({
    operationId: 'checkReadiness',
    summary: 'Readiness: 503 while the database does not answer',
  })
  @ApiResponse({ status: 200, description: 'The gateway is ready.', schema: READY })
  @ApiResponse({
    status: 503,
    description: 'The gateway is not ready; `details` has the reason.',
    schema: READY,
  })
  @BareResponse()
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const { status, body } = await this.readiness.get();
    reply.status(status);
    return body;
  }

  private async probe(): Promise<{ status: number; body: object }> {
    try {
      const body = await this.checks.check([
        () => this.databaseHealth(),
        () => this.countersHealth(),
        () => this.mcpHealth(),
      ]);
      return { status: 200, body };
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      return { status: 503, body: error.getResponse() as object };
    }
  }

  private async databaseHealth() {
    const indicator = this.indicators.check('database');
    return (await this.database.isUp()) ? indicator.up() : indicator.down();
  }

  /** Without the shared counters each instance counts on its own; it serves all the same. */
  private async countersHealth() {
    return this.indicators.check('counters').up({ shared: await this.counters.areShared() });
  }

  /** A server that fails takes its own assistant down and nothing else: counted, not held against the gateway. */
  private mcpHealth() {
    return this.indicators.check('mcp').up(this.mcp.health.summary());
  }
}
