import { Reflector } from '@nestjs/core';

const DeclaredErrors = Reflector.createDecorator<readonly string[]>();

/**
 * The error codes of the work that a route does. Those of the policies it is under, such as `unauthenticated`, are known
 * by their decorators and are not repeated here. OpenAPI lists both.
 */
export const ApiErrors = <Code extends string>(...codes: Code[]) => DeclaredErrors(codes);

/** The codes that a handler declares of its own. */
export function errorsOfRoute(handler: Parameters<Reflector['get']>[1]): readonly string[] {
  return new Reflector().get<readonly string[] | undefined>(DeclaredErrors, handler) ?? [];
}
