import { Ajv, type ValidateFunction } from 'ajv';
import { invalidDefinition, schemaReason } from './definition-files.js';

/**
 * The schemas are our own, and a test checks that they are schemas. Each is used for a few small files: to check or to
 * optimize it takes longer than to use it.
 */
const ajv = new Ajv({
  meta: false,
  validateSchema: false,
  strict: false,
  code: { optimize: false },
});

/** What the schema of a kind of definitions says, compiled with the first definition. */
export class DefinitionSchema<Definition> {
  private matches: ValidateFunction<Definition> | undefined;

  /** @param kind what one file defines, for the line that an operator reads */
  constructor(
    private readonly kind: string,
    private readonly schema: object,
  ) {}

  /** @throws ConfigurationError which names the file, the field and the reason */
  read(value: unknown, file: string): Definition {
    const matches = (this.matches ??= ajv.compile<Definition>(this.schema));
    if (matches(value)) return value;
    throw invalidDefinition(this.kind, file, schemaReason(this.kind, matches.errors ?? []));
  }
}
