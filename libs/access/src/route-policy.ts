import type { ExecutionContext } from '@nestjs/common';

type Handler = ReturnType<ExecutionContext['getHandler']>;
type Controller = ReturnType<ExecutionContext['getClass']>;

/** Reads the metadata of a route's decorators once per handler, to save the reflection on every request. */
export function policyOfRoute<Policy>(
  read: (handler: Handler, controller: Controller) => Policy,
): (context: ExecutionContext) => Policy {
  const known = new WeakMap<Handler, { readonly policy: Policy }>();
  return (context) => {
    const handler = context.getHandler();
    let found = known.get(handler);
    if (!found) {
      found = { policy: read(handler, context.getClass()) };
      known.set(handler, found);
    }
    return found.policy;
  };
}
