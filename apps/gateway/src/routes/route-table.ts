import {
  isPublicRoute,
  issuesTokensOfRoute,
  rolesOfRoute,
  stepUpOfRoute,
  type StepUpPolicy,
} from '@app/access';
import { auditOfRoute } from '@app/logging';
import { errorsOfRoute, limitsOfRoute } from '@app/security';
import { type INestApplication, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';

/** One route with the policy that its decorators declare. */
export interface Route {
  readonly method: string;
  readonly path: string;
  /** `public`, `user`, or the roles; `+ step-up` where a recent proof is needed. */
  readonly access: string;
  /** The names of the limits it is counted by; `!` marks one that counts failures only. */
  readonly limits: readonly string[];
  /** The action that the audit trail has of it. */
  readonly audit: string | undefined;
  readonly needsRole: boolean;
  readonly stepUp: StepUpPolicy | undefined;
  /** Whether it opens a session, or leads to one. */
  readonly issuesTokens: boolean;
  /** The error codes of its own work, besides those of its policies. */
  readonly errors: readonly string[];
}

/** Every route of the application, in order of its path. */
export function routesOf(app: INestApplication): Route[] {
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) =>
    [...module.controllers.values()].map(({ metatype }) => metatype as Type),
  );
  return controllers
    .flatMap(routesOfController)
    .toSorted((a, b) => `${a.path} ${a.method}`.localeCompare(`${b.path} ${b.method}`, 'en'));
}

/** The table that is kept in the repository: a difference is a change of policy. */
export function routeTable(routes: readonly Route[]): string {
  const rows = routes.map(
    ({ method, path, access, limits, audit }) =>
      `| \`${method} ${path}\` | ${access} | ${limits.join(', ') || '–'} | ${audit ?? '–'} |`,
  );
  return [
    '# Routes',
    '',
    'Who may call what, by which limits it is counted, and what the audit trail calls it. Written by `npm run routes`,',
    'compared by a test: a difference is a change of policy, and is reviewed as one. `!` counts failures only.',
    '',
    '| route | access | limits | audited as |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function routesOfController(controller: Type): Route[] {
  const prototype = controller.prototype as Record<string, (...args: never[]) => unknown>;
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
    const handler = prototype[name]!;
    const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
    if (method === undefined) return [];
    return pathsOf(controller, handler).map((path) => ({
      method: RequestMethod[method],
      path,
      access: accessOf(handler, controller),
      limits: limitsOfRoute(handler, controller),
      audit: auditOfRoute(handler),
      needsRole: rolesOfRoute(handler, controller) !== undefined,
      stepUp: stepUpOfRoute(handler, controller),
      issuesTokens: issuesTokensOfRoute(handler),
      errors: errorsOfRoute(handler),
    }));
  });
}

function accessOf(handler: (...args: never[]) => unknown, controller: Type): string {
  if (isPublicRoute(handler, controller)) return 'public';
  const roles = rolesOfRoute(handler, controller)?.join(' or ') ?? 'user';
  const stepUp = stepUpOfRoute(handler, controller);
  if (!stepUp) return roles;
  if (stepUp.alwaysSecondFactor) return `${roles} + second factor`;
  return stepUp.onlySecondFactor
    ? `${roles} + second factor if there is one`
    : `${roles} + step-up`;
}

function pathsOf(controller: Type, handler: object): string[] {
  const [base, own] = [controller, handler].map((target) =>
    [Reflect.getMetadata(PATH_METADATA, target) as string | string[]].flat(),
  );
  return base!.flatMap((prefix) => own!.map((path) => join(prefix, path)));
}

function join(...parts: string[]): string {
  const segments = parts.flatMap((part) => part.split('/')).filter((segment) => segment !== '');
  return `/${segments.join('/')}`;
}
