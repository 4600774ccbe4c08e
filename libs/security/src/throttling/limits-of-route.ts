import { Reflector } from '@nestjs/core';
import { FailuresOnly, LimitedBy, type OwnLimit } from './throttling.decorators.js';

type Target = Parameters<Reflector['getAllAndOverride']>[1][number];

/** Which limits a handler's decorators declare, by name; `!` marks one that counts failures only. */
export function limitsOfRoute(handler: Target, controller: Target): string[] {
  const reflector = new Reflector();
  // The key under which the stock decorator `@SkipThrottle` keeps its word.
  if (reflector.getAllAndOverride<boolean>('THROTTLER:SKIPapi', [handler, controller])) return [];
  const own = reflector.get<OwnLimit | undefined>(LimitedBy, handler) ?? 'global';
  if (own === 'chat') return ['api', 'chat', 'anonymous'];
  return ['api', reflector.get<unknown>(FailuresOnly, handler) ? `${own}!` : own];
}
