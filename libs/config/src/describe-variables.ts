import type Joi from 'joi';
import { kindOf, type VariableKind } from './variable-kind.js';

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
export function recordVariables(schema: Readonly<Record<string, Joi.Schema>>): void {
  for (const [name, kind] of recorded ? Object.entries(schema) : []) {
    const { flags = {} } = kind.describe() as { flags?: Flags };
    const byDefault = flags.default === undefined ? undefined : String(flags.default);
    recorded?.push({ name, meaning: flags.description, byDefault, ...kindOf(kind) });
  }
}

interface Flags {
  readonly description?: string;
  readonly default?: string | number | boolean;
}
