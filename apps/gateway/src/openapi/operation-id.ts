import type { OpenAPIObject } from '@nestjs/swagger';

/**
 * What a generated client calls the operation: the verb of the handler and the subject of the controller.
 * `ProfileController.get` is `getProfile`, its `list` is `listProfiles`. Where that does not say what the call does, the
 * route has a name of its own in `@ApiOperation({ operationId })`.
 */
export function operationIdOf(controller: string, handler: string): string {
  const subject = controller.replace(/Controller$/, '');
  return handler === 'list' ? `${handler}${subject}s` : `${handler}${subject}`;
}

/** `METHOD path` of every operation, with its id. */
export function operationIds({ paths }: Pick<OpenAPIObject, 'paths'>): Map<string, string> {
  return new Map(
    Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations as Record<string, { operationId?: string }>).map(
        ([method, { operationId = '' }]) =>
          [`${method.toUpperCase()} ${path}`, operationId] as const,
      ),
    ),
  );
}

/** What a client that was generated from `before` calls, and would not find in `after`. */
export function lostOperationIds(
  before: Pick<OpenAPIObject, 'paths'>,
  after: Pick<OpenAPIObject, 'paths'>,
): string[] {
  const now = operationIds(after);
  return [...operationIds(before)]
    .filter(([operation, id]) => now.get(operation) !== id)
    .map(([operation, id]) => `${id} (${operation})`);
}
