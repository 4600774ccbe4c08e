import { Reflector } from '@nestjs/core';

/** Exempts a route, or a whole controller, from `JwtAuthGuard`. There is no other exemption. */
export const Public = Reflector.createDecorator<void, true>({ transform: () => true });

type Target = Parameters<Reflector['getAllAndOverride']>[1][number];

/** Whether a handler or its controller is `@Public()`. */
export function isPublicRoute(handler: Target, controller: Target): boolean {
  return new Reflector().getAllAndOverride(Public, [handler, controller]) ?? false;
}
