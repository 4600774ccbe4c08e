import { ValidatorConstraint, type ValidatorConstraintInterface } from 'class-validator';
import { isNetwork } from './network.js';

@ValidatorConstraint({ name: 'isNetwork' })
export class IsNetwork implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return typeof value === 'string' && isNetwork(value);
  }

  defaultMessage(): string {
    return '$property must be an address or a network such as 203.0.113.0/24';
  }
}
