import { DatabaseHealthIndicator } from '@app/persistence';
import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';

@Controller('health')
export class HealthController {
  constructor(private readonly database: DatabaseHealthIndicator) {}

  @Get()
  async check(): Promise<{ status: 'ok' }> {
    if (!(await this.database.isUp())) throw new ServiceUnavailableException();
    return { status: 'ok' };
  }
}
