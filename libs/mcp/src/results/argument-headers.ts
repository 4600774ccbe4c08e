import { isObject } from '../json/json-text.js';

/** By which a tool says that an argument is repeated as the header `Mcp-Param-NAME`. */
const KEYWORD = 'x-mcp-header';

/** Keywords of JSON Schema whose values are data and hold no schemas. */
const DATA = new Set(['const', 'default', 'enum', 'examples']);

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const PRINTABLE_TYPES: readonly unknown[] = ['string', 'integer', 'boolean'];

/**
 * What makes a tool unusable over HTTP from 2026 on, by what it says of arguments as headers; undefined if nothing does.
 * The specification has a client leave out such a tool, and no other for its sake.
 */
export function faultOfArgumentHeaders(inputSchema: unknown): string | undefined {
  const taken = new Set<string>();

  function faultIn(schema: unknown, isArgument: boolean): string | undefined {
    if (Array.isArray(schema)) return firstOf(schema, (one) => faultIn(one, false));
    if (!isObject(schema)) return undefined;
    const { properties, ...others } = schema;
    return (
      (KEYWORD in schema ? faultOf(schema, isArgument) : undefined) ??
      firstOf(Object.values(Object(properties) as object), (one) => faultIn(one, isArgument)) ??
      firstOf(Object.entries(others), ([key, one]) =>
        DATA.has(key) ? undefined : faultIn(one, false),
      )
    );
  }

  function faultOf({ [KEYWORD]: name, type }: Record<string, unknown>, isArgument: boolean) {
    if (!isArgument) return `${KEYWORD} is where no single argument is.`;
    if (typeof name !== 'string' || !HEADER_NAME.test(name)) return `${KEYWORD} is no header name.`;
    if (!PRINTABLE_TYPES.includes(type)) {
      return `${KEYWORD} is on an argument that is no string, integer or boolean.`;
    }
    const known = taken.has(name.toLowerCase());
    taken.add(name.toLowerCase());
    return known ? `${KEYWORD} names one header twice.` : undefined;
  }

  const { properties, ...others } = isObject(inputSchema) ? inputSchema : {};
  return (
    firstOf(Object.values(Object(properties) as object), (one) => faultIn(one, true)) ??
    faultIn(others, false)
  );
}

function firstOf<T>(
  all: readonly T[],
  faultIn: (one: T) => string | undefined,
): string | undefined {
  for (const one of all) {
    const fault = faultIn(one);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
