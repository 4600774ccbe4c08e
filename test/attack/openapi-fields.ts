import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly example?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema?: Schema;
}

interface Response {
  readonly $ref?: string;
  readonly description?: string;
}

interface RawOperation {
  readonly responses: Readonly<Record<string, Response>>;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { content: Readonly<Record<string, { schema: Schema }>> };
}

/** One operation of the document, with what it takes. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body?: Schema;
  /** The statuses that it lists, each with the error codes behind it. */
  readonly answers: ReadonlyMap<number, readonly string[]>;
}

/** One field of a body, as the names that lead to it. */
export interface Field {
  readonly path: readonly string[];
  readonly isOptional: boolean;
  readonly schema: Schema;
}

const document = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
  paths: Record<string, Record<string, RawOperation>>;
  components: { schemas: Record<string, Schema>; responses: Record<string, Response> };
};

/** Every operation that the document has; the contract test holds the document against the code. */
export const operations: readonly Operation[] = Object.entries(document.paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody, responses }]) => ({
      method: method.toUpperCase(),
      path,
      parameters,
      body: requestBody?.content['application/json']?.schema,
      answers: new Map(
        Object.entries(responses).map(([status, response]) => [Number(status), codesOf(response)]),
      ),
    })),
);

export const title = ({ method, path }: Operation) => `${method} ${path}`;

function codesOf({ $ref, description = '' }: Response): string[] {
  if ($ref) return codesOf(document.components.responses[$ref.split('/').at(-1)!]!);
  return [...description.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code!);
}

/** What a schema refers to. */
export function resolved(schema: Schema): Schema {
  if (schema.$ref) return resolved(document.components.schemas[schema.$ref.split('/').at(-1)!]!);
  return schema.allOf ? Object.assign({}, ...schema.allOf.map(resolved)) : schema;
}

/** All fields of a body, at any depth. */
export function fieldsOf(schema: Schema | undefined, path: readonly string[] = []): Field[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = resolved(schema);
  return Object.entries(properties).flatMap(([name, inner]) => {
    const here = [...path, name];
    return [
      { path: here, isOptional: !required.includes(name), schema: resolved(inner) },
      ...fieldsOf(inner, here),
    ];
  });
}

/** A body that has what is required, and what leads to a field. */
export function sampleOf(schema: Schema | undefined, towards: readonly string[] = []): object {
  if (!schema) return {};
  const { properties = {}, required = [] } = resolved(schema);
  const names = Object.keys(properties).filter(
    (name) => required.includes(name) || name === towards[0],
  );
  return Object.fromEntries(
    names.map((name) => {
      const inner = resolved(properties[name]!);
      const ahead = name === towards[0] ? towards.slice(1) : [];
      return [name, inner.properties ? sampleOf(inner, ahead) : valueOf(name, inner)];
    }),
  );
}

/** The ids that clients may choose, of which a UUID is one. */
const CHOSEN_ID = '^[A-Za-z0-9_-]{1,64}$';

/** Whether the document says that it is an id, which is the same in either case of a UUID's letters. */
export function isIdSchema(schema: Schema | undefined): boolean {
  return schema?.format === 'uuid' || schema?.pattern === CHOSEN_ID;
}

function valueOf(name: string, { enum: values, example, type, format }: Schema): unknown {
  if (name === 'username') return `walk-${randomUUID().slice(0, 13)}`;
  if (name === 'email') return `walk-${randomUUID().slice(0, 13)}@example.org`;
  if (/password/i.test(name)) return 'a walk over all of it';
  if (name === 'profile_id') return 'everything';
  if (name === 'message') return 'hello';
  if (format === 'uuid') return randomUUID();
  // What a reader would send: the first scope of switches would switch chat off for all that follows.
  if (values) return example ?? values[0];
  if (type === 'boolean') return false;
  if (type === 'integer' || type === 'number') return 1;
  return example ?? 'AAAA';
}

/** The body with another value at a place. */
export function withValue(body: object, path: readonly string[], value: unknown): object {
  const [name, ...rest] = path as [string, ...string[]];
  const inner = (body as Record<string, unknown>)[name];
  if (rest.length === 0 && value === undefined) {
    return Object.fromEntries(Object.entries(body).filter(([field]) => field !== name));
  }
  return {
    ...body,
    [name]: rest.length > 0 ? withValue((inner ?? {}) as object, rest, value) : value,
  };
}
