import { SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Role } from '../accounts/account.entity.js';

const NEEDED_ROLES = Symbol('NEEDED_ROLES');

/** Opens a route, or a whole controller, to these roles only. No role includes another one. */
export const Roles = (...roles: readonly Role[]) => SetMetadata(NEEDED_ROLES, roles);

type Target = Parameters<Reflector['getAllAndOverride']>[1][number];

/** The roles of a handler, its own or its controller's; undefined where any will do. */
export function rolesOfRoute(handler: Target, controller: Target): readonly Role[] | undefined {
  return new Reflector().getAllAndOverride<readonly Role[] | undefined>(NEEDED_ROLES, [
    handler,
    controller,
  ]);
}
