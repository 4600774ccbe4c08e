import * as z from 'zod';
import type { Variable } from './variables.js';

/** What `meta()` may say of a variable, besides its syntax. */
export interface VariableKind {
  /** It may come from a file instead, which `<NAME>_FILE` names. */
  readonly isSecret?: boolean;
  /** It is key material, taken byte for byte. */
  readonly isKey?: boolean;
  /** Which values are legal, for the reference. */
  readonly range?: string;
  /** What an unset variable means, where it has no default or one that depends on others. */
  readonly unset?: string;
}

/** `description` is what `describe()` has said. */
type Described = VariableKind & { readonly description?: string };

/** What has been said of a variable, before it became optional or got a default, too. */
export function metaOf(variable: Variable): Described {
  const inner = wrapped(variable);
  return { ...(inner ? metaOf(inner) : {}), ...(z.globalRegistry.get(variable) as Described) };
}

export function kindOf(variable: Variable): VariableKind {
  const { description: _, ...kind } = metaOf(variable);
  return kind;
}

type Default = string | number | boolean;

/** What stands in place of an unset variable. */
export function defaultOf(variable: Variable): Default | undefined {
  if (variable instanceof z.ZodDefault) return variable.def.defaultValue as Default;
  const inner = wrapped(variable);
  return inner && defaultOf(inner);
}

function wrapped(variable: Variable): Variable | undefined {
  const isWrapper = variable instanceof z.ZodDefault || variable instanceof z.ZodOptional;
  return isWrapper ? (variable.unwrap() as Variable) : undefined;
}
