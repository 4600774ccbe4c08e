import type Joi from 'joi';

/** What `Joi.meta()` may say of a variable, besides its syntax. */
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

export function kindOf(schema: Joi.Schema): VariableKind {
  const { metas = [] } = schema.describe() as { metas?: VariableKind[] };
  return Object.assign({}, ...metas) as VariableKind;
}
