import { defaultOf, metaOf, type VariableKind } from './variable-kind.js';
import type { Variable } from './variables.js';

/** What a schema says of a variable. */
export interface VariableDescription extends VariableKind {
  readonly name: string;
  /** One line; only one of the configurations that read a variable describes it. */
  readonly meaning: string | undefined;
  /** Absent, where it is unset or depends on others. */
  readonly byDefault: string | undefined;
}

/** Set while `describeVariables` runs. */
let recorded: VariableDescription[] | undefined;

/** The variables of a configuration, whatever the environment holds: it is read, and what it makes of that is dropped. */
export function describeVariables(read: () => unknown): VariableDescription[] {
  const variables: VariableDescription[] = (recorded = []);
  try {
    read();
  } catch {
    // A required variable is unset; the schema has been recorded before.
  } finally {
    recorded = undefined;
  }
  return variables;
}

/** @internal for `parseEnvironment` */
export function recordVariables(schema: Readonly<Record<string, Variable>>): void {
  for (const [name, variable] of recorded ? Object.entries(schema) : []) {
    const { description: meaning, ...kind } = metaOf(variable);
    const value = defaultOf(variable);
    recorded?.push({
      name,
      meaning,
      byDefault: value === undefined ? undefined : String(value),
      ...kind,
    });
  }
}
