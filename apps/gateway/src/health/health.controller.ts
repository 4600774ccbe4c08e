import { Public } from '@app/auth';
import { DatabaseHealth } from '@app/persistence';
import { BareResponse, Unlimited } from '@app/security';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';

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
  ) {}

  @ApiOperation({ summary: 'Whether the process is alive' })
  @BareResponse()
  @Get()
  live() {
    return { status: 'ok' };
  }

  @ApiOperation({ summary: 'Whether it can serve: 503 while the database does not answer' })
  @BareResponse()
  @Get('ready')
  ready() {
    return this.checks.check([() => this.databaseIndicator()]);
  }

  private async databaseIndicator() {
    const indicator = this.indicators.check('database');
    return (await this.database.isUp()) ? indicator.up() : indicator.down();
  }
}
