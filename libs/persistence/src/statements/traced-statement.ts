import { traced } from '@app/tracing';

const VERB = /^\s*(\w+)/;
const TABLE = /\b(?:from|into|update|table)\s+["`]?(\w{1,60})/i;

/**
 * One statement as a span of the trace that it is a part of. The span has the verb and the first table, never the text:
 * a value could stand in it.
 */
export function tracedStatement<T>(
  system: 'sqlite' | 'postgresql',
  sql: string,
  work: () => Promise<T>,
): Promise<T> {
  return traced(() => {
    const name = summaryOf(sql);
    const attributes = { 'db.system.name': system, 'db.query.summary': name };
    return { name, kind: 'client', attributes };
  }, work);
}

/** `select * from "messages" where …` → `select messages`. */
export function summaryOf(sql: string): string {
  const [, verb = 'statement'] = VERB.exec(sql) ?? [];
  const [, table] = TABLE.exec(sql) ?? [];
  return table ? `${verb.toLowerCase()} ${table}` : verb.toLowerCase();
}
