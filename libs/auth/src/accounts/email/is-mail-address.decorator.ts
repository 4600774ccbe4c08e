import { isMailAddress } from '@app/mail';
import { registerDecorator } from 'class-validator';

/** Validates an ASCII email address with `isMailAddress`. */
export function IsMailAddress(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isMailAddress',
      target: target.constructor,
      propertyName: property as string,
      options: { message: '$property must be a mail address such as ada@example.org' },
      validator: { validate: isMailAddress },
    });
}
