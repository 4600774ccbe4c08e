/** What turns a value into a literal, and a name into a quoted one. */
interface Quoting {
  quoteValue(value: unknown): string;
  quoteIdentifier(name: string): string;
}

/** A statement whose text says nothing of its values, so that it is prepared once. */
export interface BoundQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** `??`, which stands for a name, `\?`, which stands for itself, or `?`, which stands for a value. */
const PLACES = /\?\?|\\\?|\?/g;

/**
 * The ORM writes values into the text of a statement. Here they stay parameters; what is no plain value (a fragment
 * of SQL, a list, a name) is written as the ORM does it.
 */
export function boundQuery(
  query: string,
  values: readonly unknown[],
  quoting: Quoting,
): BoundQuery {
  if (values.length === 0) return { sql: query, parameters: [] };
  const parameters: unknown[] = [];
  let next = 0;
  const sql = query.replace(PLACES, (place) => {
    if (place === '\\?') return '?';
    const value = values[next++];
    if (place === '??') return quoting.quoteIdentifier(value as string);
    const plain = plainValue(value);
    if (plain === undefined) return quoting.quoteValue(value);
    parameters.push(plain);
    return '?';
  });
  return { sql, parameters };
}

/** Whole numbers as integers: the driver would bind a number as a floating one, which a text column would show. */
export function plainValue(
  value: unknown,
): string | number | bigint | null | Uint8Array | undefined {
  switch (typeof value) {
    case 'string':
    case 'bigint':
      return value;
    case 'number':
      return Number.isSafeInteger(value) ? BigInt(value) : value;
    case 'boolean':
      return value ? 1n : 0n;
    case 'object':
      if (value === null) return null;
      if (value instanceof Date) return BigInt(value.getTime());
      return Buffer.isBuffer(value) ? value : undefined;
    default:
      return undefined;
  }
}
