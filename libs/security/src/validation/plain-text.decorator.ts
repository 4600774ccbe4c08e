import { registerDecorator } from 'class-validator';

/**
 * A string that every part of the chain can store and send on: no NUL, which PostgreSQL cannot keep, and no half
 * of a surrogate pair, which UTF-8 cannot write.
 */
export function IsPlainText(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isPlainText',
      target: target.constructor,
      propertyName: property as string,
      options: { message: '$property must be text without NUL or broken characters' },
      validator: { validate: isPlainText },
    });
}

export function isPlainText(value: unknown): boolean {
  return typeof value === 'string' && !value.includes('\0') && value.isWellFormed();
}
