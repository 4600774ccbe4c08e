import { Reflector } from '@nestjs/core';

export interface StepUpPolicy {
  /** Whether an anonymous account, which has no credential to prove, may call the route. @default false */
  readonly anonymous?: boolean;
  /** Applies only to accounts with a second factor, because the call itself requires the password. @default false */
  readonly onlySecondFactor?: boolean;
  /** Requires a second factor even of an account that has none; its password is not enough. @default false */
  readonly alwaysSecondFactor?: boolean;
}

/** The route requires a credential proved within STEP_UP_WINDOW: a second factor if the account has one. */
export const RequiresStepUp = Reflector.createDecorator<StepUpPolicy | void, StepUpPolicy>({
  transform: (policy) => policy ?? {},
});

type Target = Parameters<Reflector['getAllAndOverride']>[1][number];

/** The policy of a handler or its controller. */
export function stepUpOfRoute(handler: Target, controller: Target): StepUpPolicy | undefined {
  return new Reflector().getAllAndOverride(RequiresStepUp, [handler, controller]);
}
