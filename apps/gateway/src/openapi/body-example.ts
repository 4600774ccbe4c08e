/** A required id has to look like one; it is no id of a thing that exists. */
const EXAMPLE_ID = '0193a1f2-7c1b-7d30-9a44-0e6f4a1b2c3d';

/** The parts of a schema that an example is made from. */
export interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly example?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
}

/**
 * A body to begin with: what is required, and what is optional only where its author gave an example. Without it the page
 * would make up a value for everything, such as the id of a conversation that does not exist.
 */
export function bodyExample(schema: Schema, schemas: Readonly<Record<string, Schema>>): unknown {
  const resolved = resolve(schema, schemas);
  if (resolved.example !== undefined) return resolved.example;
  if (resolved.enum) return resolved.enum[0];
  if (resolved.format === 'uuid') return EXAMPLE_ID;
  if (resolved.items) return [bodyExample(resolved.items, schemas)];
  if (resolved.properties) {
    const { properties, required = [] } = resolved;
    return Object.fromEntries(
      Object.entries(properties)
        .filter(([name, property]) => required.includes(name) || hasExample(property, schemas))
        .map(([name, property]) => [name, bodyExample(property, schemas)]),
    );
  }
  return resolved.type === 'boolean' ? true : resolved.type === 'integer' ? 1 : 'string';
}

function hasExample(schema: Schema, schemas: Readonly<Record<string, Schema>>): boolean {
  const { example, properties = {}, required = [] } = resolve(schema, schemas);
  if (example !== undefined) return true;
  // An object that asks for what has no example would begin with a value that was made up.
  if (required.some((name) => !hasExample(properties[name]!, schemas))) return false;
  return Object.values(properties).some((property) => hasExample(property, schemas));
}

function resolve(schema: Schema, schemas: Readonly<Record<string, Schema>>): Schema {
  const [only] = schema.allOf ?? [];
  const { $ref } = only ?? schema;
  return $ref ? schemas[$ref.slice('#/components/schemas/'.length)]! : schema;
}
