import { isMailAddress } from '@app/mail';
import { registerDecorator } from 'class-validator';

/** A plain address of ASCII letters, as `isMailAddress` tells. */
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
