import { SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

export interface StepUpPolicy {
  /** Whether a device without an account may call it: it has no credential to prove. @default false */
  readonly anonymous?: boolean;
  /** Only where there is a second factor: the call itself asks for the password. @default false */
  readonly onlySecondFactor?: boolean;
  /** Not even the password of an account without a second factor will do. @default false */
  readonly alwaysSecondFactor?: boolean;
}

export const STEP_UP = Symbol('STEP_UP');

/** The route needs a credential proved within the last minutes, the second factor where there is one. */
export const RequiresStepUp = (policy: StepUpPolicy = {}) => SetMetadata(STEP_UP, policy);

type Target = Parameters<Reflector['getAllAndOverride']>[1][number];

/** The policy of a handler, its own or its controller's. */
export function stepUpOfRoute(handler: Target, controller: Target): StepUpPolicy | undefined {
  return new Reflector().getAllAndOverride<StepUpPolicy | undefined>(STEP_UP, [
    handler,
    controller,
  ]);
}
