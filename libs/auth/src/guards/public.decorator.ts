import { SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

export const IS_PUBLIC = Symbol('IS_PUBLIC');

/** Opens a route, or a whole controller, to callers without a token: the only way past the guard. */
export const Public = () => SetMetadata(IS_PUBLIC, true);

type Target = Parameters<Reflector['getAllAndOverride']>[1][number];

/** Whether a handler is open, by its own word or its controller's. */
export function isPublicRoute(handler: Target, controller: Target): boolean {
  return new Reflector().getAllAndOverride<boolean>(IS_PUBLIC, [handler, controller]) ?? false;
}
