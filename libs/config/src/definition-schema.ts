import { invalidDefinition, schemaReason, type SchemaIssue } from './definition-files.js';

/** Says whether a value is as a schema wants it, and leaves what is against it in `errors`. */
export interface CompiledSchema {
  (value: unknown): boolean;
  errors?: readonly SchemaIssue[] | null;
}

/** What the schema of a kind of definitions says. */
export class DefinitionSchema<Definition> {
  /** @param kind what one file defines, for the line that an operator reads */
  constructor(
    private readonly kind: string,
    private readonly matches: CompiledSchema,
  ) {}

  /** @throws ConfigurationError which names the file, the field and the reason */
  read(value: unknown, file: string): Definition {
    if (this.matches(value)) return value as Definition;
    throw invalidDefinition(this.kind, file, schemaReason(this.kind, this.matches.errors ?? []));
  }
}
