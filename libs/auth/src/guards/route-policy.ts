import type { ExecutionContext } from '@nestjs/common';

type Handler = ReturnType<ExecutionContext['getHandler']>;
type Controller = ReturnType<ExecutionContext['getClass']>;

/** What the decorators of a route say, read once for each handler: reflection would cost every call. */
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
