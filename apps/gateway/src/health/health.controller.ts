import { Public } from '@app/auth';
import { McpConnections } from '@app/mcp';
import { DatabaseHealth } from '@app/persistence';
import { BareResponse, SharedCounters, Unlimited } from '@app/security';
import { Controller, Get, Inject, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';

/** For probes: they ask often, sign in nowhere and read statuses, not envelopes. */
@ApiTags('health')
@Public()
@Unlimited()
@Controller('health')
export class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly checks: HealthCheckService,
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
    @Inject(DatabaseHealth) private readonly database: DatabaseHealth,
    @Inject(SharedCounters) private readonly counters: SharedCounters,
    @Inject(McpConnections) private readonly mcp: McpConnections,
  ) {}

  @ApiOperation({ summary: 'Whether the process is alive' })
  @BareResponse()
  @Get()
  live(): object {
    return { status: 'ok' };
  }

  @ApiOperation({ summary: 'Whether it can serve: 503 while the database does not answer' })
  @BareResponse()
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    try {
      return await this.checks.check([
        () => this.databaseHealth(),
        () => this.countersHealth(),
        () => this.mcpHealth(),
      ]);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      reply.status(503);
      return error.getResponse() as object;
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
    return this.indicators.check('mcp').up(this.mcp.health());
  }
}
