import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';

/** For commands that need nothing of the gateway: no database, and no log. */
export function bareModule(): Promise<DynamicModule> {
  return Promise.resolve(LoggerModule.forRoot({ pinoHttp: { level: 'silent' } }));
}
