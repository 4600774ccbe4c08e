import { ValidationPipe, type ValidationError } from '@nestjs/common';
import type { ErrorDetail } from '../errors/domain.error.js';
import { SecurityError } from '../errors/security.error.js';

/** The most fields one answer names. */
const MOST_DETAILS = 20;

/**
 * The global pipe: DTOs say what is accepted, anything else is refused, and nothing is converted on the quiet.
 * Refused values are never repeated to the caller.
 */
export function inputPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    transformOptions: { enableImplicitConversion: false },
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => SecurityError.invalidInput(detailsOf(errors)),
  });
}

function detailsOf(errors: readonly ValidationError[], path = ''): ErrorDetail[] {
  return errors
    .flatMap((error) => {
      const field = `${path}${error.property}`.slice(0, 100);
      const own = Object.entries(error.constraints ?? {}).map(([constraint, message]) => ({
        field,
        message: constraint === 'whitelistValidation' ? 'is not a known field' : message,
      }));
      return [...own, ...detailsOf(error.children ?? [], `${field}.`)];
    })
    .slice(0, MOST_DETAILS);
}
