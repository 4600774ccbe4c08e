import { Reflector } from '@nestjs/core';
import type { Role } from './role.js';

/** Restricts a route, or a whole controller, to these roles. No role includes another one. */
export const Roles = Reflector.createDecorator<readonly Role[]>();

type Target = Parameters<Reflector['getAllAndOverride']>[1][number];

/** The roles required by a handler or its controller; undefined if any role is allowed. */
export function rolesOfRoute(handler: Target, controller: Target): readonly Role[] | undefined {
  return new Reflector().getAllAndOverride(Roles, [handler, controller]);
}
