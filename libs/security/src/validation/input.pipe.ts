import { type ArgumentMetadata, ValidationPipe, type ValidationError } from '@nestjs/common';
import type { ValidatorOptions } from 'class-validator';
import type { ErrorDetail } from '../errors/domain.error.js';
import { SecurityError } from '../errors/security.error.js';
import { dropAbsent } from './absent-fields.js';
import { inheritedNames } from './inherited-names.js';

/** The most fields one answer names. */
const MAX_DETAILS = 20;

/** The most parameters of a query that are looked at; no route has a tenth of them. */
const MAX_PARAMETERS = 100;

/**
 * The global pipe: DTOs say what is accepted, anything else is refused, and nothing is converted on the quiet.
 * Refused values are never repeated to the caller.
 *
 * In an optional field `null` and an empty text are as if it were not there: clients in typed languages write one of
 * them for whatever they have no value for. A handler never meets either.
 */
class InputPipe extends ValidationPipe {
  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body' || metadata.type === 'query') assertFields(value, metadata);
    return super.transform(value, metadata) as Promise<unknown>;
  }

  protected override validate(object: object, options?: ValidatorOptions) {
    dropAbsent(object);
    return super.validate(object, options);
  }
}

export function inputPipe(): ValidationPipe {
  return new InputPipe({
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

/** What the packages behind the pipe would pass over in silence, or take long for. A body's parts are counted as it is read. */
function assertFields(value: unknown, { type }: ArgumentMetadata): void {
  if (typeof value !== 'object' || value === null) return;
  if (type === 'query' && Object.keys(value).length > MAX_PARAMETERS) {
    throw SecurityError.invalidInput([{ field: '', message: 'too many parameters' }]);
  }
  const inherited = inheritedNames(value);
  if (inherited.length === 0) return;
  throw SecurityError.invalidInput(inherited.slice(0, MAX_DETAILS).map(unknownField));
}

function unknownField(field: string): ErrorDetail {
  return { field: field.slice(0, 100), message: 'is not a known field' };
}

function detailsOf(errors: readonly ValidationError[], path = ''): ErrorDetail[] {
  return errors
    .flatMap((error) => {
      const field = `${path}${error.property}`.slice(0, 100);
      const own = Object.entries(error.constraints ?? {}).map(([constraint, message]) =>
        constraint === 'whitelistValidation' ? unknownField(field) : { field, message },
      );
      return [...own, ...detailsOf(error.children ?? [], `${field}.`)];
    })
    .slice(0, MAX_DETAILS);
}
