/** What a column of rows that are passed as JSON holds; bytes are in hexadecimal. */
export type JsonColumns = Readonly<Record<string, 'bigint' | 'uuid' | 'text' | 'bytes'>>;

/** Many rows as one parameter of a statement, so that its text is the same however many they are. */
export interface JsonRows {
  /** The list of columns to be selected. */
  readonly columns: string;
  /** What to select them from, with the alias `n`; it takes the one parameter. */
  readonly from: string;
}

/** For SQLite. */
export function sqliteRows(columns: JsonColumns): JsonRows {
  const selected = Object.entries(columns).map(([name, type]) => {
    const value = `value ->> '${name}'`;
    return `${type === 'bytes' ? `unhex(${value})` : value} as ${name}`;
  });
  return {
    columns: Object.keys(columns).join(', '),
    from: `(select ${selected.join(', ')} from json_each(?)) as n`,
  };
}

/** For PostgreSQL. */
export function postgresRows(columns: JsonColumns): JsonRows {
  const declared = Object.entries(columns).map(
    ([name, type]) => `${name} ${type === 'bytes' ? 'text' : type}`,
  );
  const selected = Object.entries(columns).map(([name, type]) =>
    type === 'bytes' ? `decode(n.${name}, 'hex')` : `n.${name}`,
  );
  return {
    columns: selected.join(', '),
    from: `jsonb_to_recordset(?::jsonb) as n(${declared.join(', ')})`,
  };
}
