type Schema = Readonly<Record<string, unknown>>;

/** One form that an argument may have: a value of a type, or exactly one value. */
export type ArgumentForm =
  { readonly type: string; readonly schema: Schema } | { readonly value: unknown };

/** The arguments of a tool, gathered from all parts of its schema. */
export interface ArgumentsSchema {
  readonly properties: ReadonlyMap<string, unknown>;
  readonly required: readonly string[];
}

/** How deep and how far schemas are followed that refer to each other, perhaps in a circle. */
const MAX_DEPTH = 12;
const MAX_STEPS = 500;
/** The longest reference that is followed. Characters. */
const MAX_POINTER = 500;

/** Reads the schema of a tool as far as it tells how to read what a person typed; the server checks the rest. */
export class ArgumentSchemas {
  private steps = 0;

  constructor(private readonly root: unknown) {}

  arguments(): ArgumentsSchema {
    this.steps = 0;
    const properties = new Map<string, unknown>();
    const required = new Set<string>();
    this.gather(this.root, 0, properties, required);
    return { properties, required: [...required].filter((name) => properties.has(name)) };
  }

  /** The forms of a value; undefined if the schema does not restrict it. */
  formsOf(schema: unknown): ArgumentForm[] | undefined {
    this.steps = 0;
    return this.forms(schema, []);
  }

  /** @param path the references that have led here */
  private forms(schema: unknown, path: readonly unknown[]): ArgumentForm[] | undefined {
    if (schema === false) return [];
    if (!isSchema(schema) || path.includes(schema) || this.isTooFar(path.length)) return undefined;
    const within = [...path, schema];
    const restrictions = [
      ownForms(schema),
      '$ref' in schema ? this.forms(this.resolve(schema.$ref), within) : undefined,
      this.anyOf(schema.anyOf, within),
      this.anyOf(schema.oneOf, within),
      ...listOf(schema.allOf).map((part) => this.forms(part, within)),
    ];
    const forms = restrictions.reduce(both, undefined);
    return forms && schema.nullable === true ? [...forms, { type: 'null', schema }] : forms;
  }

  private anyOf(schemas: unknown, path: readonly unknown[]): ArgumentForm[] | undefined {
    const forms = listOf(schemas)
      // One that refers back adds nothing to what the others allow.
      .filter((one) => !(isSchema(one) && '$ref' in one && path.includes(this.resolve(one.$ref))))
      .map((one) => this.forms(one, path));
    const isRestricted = forms.length > 0 && forms.every((one) => one !== undefined);
    return isRestricted ? forms.flat() : undefined;
  }

  private gather(
    schema: unknown,
    depth: number,
    properties: Map<string, unknown>,
    required: Set<string>,
  ): void {
    if (!isSchema(schema) || this.isTooFar(depth)) return;
    if (isSchema(schema.properties)) {
      for (const [name, property] of Object.entries(schema.properties)) {
        if (!properties.has(name)) properties.set(name, property);
      }
    }
    for (const name of listOf(schema.required)) if (typeof name === 'string') required.add(name);
    if ('$ref' in schema) this.gather(this.resolve(schema.$ref), depth + 1, properties, required);
    for (const part of listOf(schema.allOf)) this.gather(part, depth + 1, properties, required);
    // What one alternative requires is not required by all of them.
    for (const part of [...listOf(schema.anyOf), ...listOf(schema.oneOf)]) {
      this.gather(part, depth + 1, properties, new Set());
    }
  }

  private isTooFar(depth: number): boolean {
    this.steps += 1;
    return depth > MAX_DEPTH || this.steps > MAX_STEPS;
  }

  /** Only within the same schema: nothing is ever fetched. */
  private resolve(reference: unknown): unknown {
    if (typeof reference !== 'string' || reference.length > MAX_POINTER) return undefined;
    if (!/^#(?:\/|$)/.test(reference)) return undefined;
    return reference
      .split('/')
      .slice(1)
      .map((part) => unescapePointer(part))
      .reduce<unknown>(
        (inner, key) =>
          typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
            ? (inner as Schema)[key]
            : undefined,
        this.root,
      );
  }
}

/** The type that stands for an argument where it is shown. */
export function shownType(forms: readonly ArgumentForm[] | undefined): string {
  const types = (forms ?? []).map((form) => ('type' in form ? form.type : jsonType(form.value)));
  return types.find((type) => type !== 'null') ?? types[0] ?? 'any';
}

export function jsonType(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function ownForms(schema: Schema): ArgumentForm[] | undefined {
  const types = [schema.type].flat().filter((type) => typeof type === 'string');
  const byType = types.length > 0 ? types.map((type) => ({ type, schema })) : impliedForms(schema);
  const values = 'const' in schema ? [schema.const] : listOf(schema.enum);
  return both(byType, values.length > 0 ? values.map((value) => ({ value })) : undefined);
}

function impliedForms(schema: Schema): ArgumentForm[] | undefined {
  if (isSchema(schema.properties)) return [{ type: 'object', schema }];
  return isSchema(schema.items) ? [{ type: 'array', schema }] : undefined;
}

/** What two restrictions have in common. */
function both(
  some: ArgumentForm[] | undefined,
  others: ArgumentForm[] | undefined,
): ArgumentForm[] | undefined {
  if (!some || !others) return some ?? others;
  const listed = new Set(others.flatMap((form) => ('value' in form ? [keyOf(form.value)] : [])));
  return [
    ...some.filter((form) =>
      'value' in form
        ? listed.has(keyOf(form.value)) || accepts(others, jsonType(form.value))
        : form.type !== 'number' && accepts(others, form.type),
    ),
    ...others.filter((form) =>
      'value' in form
        ? accepts(some, jsonType(form.value))
        : /^(?:number|integer)$/.test(form.type) &&
          some.some((one) => 'type' in one && one.type === 'number'),
    ),
  ];
}

function accepts(forms: readonly ArgumentForm[], type: string): boolean {
  const wanted = type === 'integer' || type === 'number' ? ['integer', 'number'] : [type];
  return forms.some((form) => 'type' in form && wanted.includes(form.type));
}

function keyOf(value: unknown): string {
  return JSON.stringify(value);
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unescapePointer(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return part;
  }
}
