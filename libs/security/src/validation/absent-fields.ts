import { getMetadataStorage, IS_OPTIONAL } from 'class-validator';

const optionalFields = new WeakMap<object, ReadonlySet<string>>();

/** Removes the optional fields of a DTO, and of the DTOs in it, that hold `null` or an empty text. */
export function dropAbsent(instance: object): void {
  const fields = instance as Record<string, unknown>;
  const optional = optionalFieldsOf(instance);
  for (const [field, value] of Object.entries(fields)) {
    if ((value === null || value === '') && optional.has(field)) delete fields[field];
    else if (typeof value === 'object' && value !== null) dropAbsent(value);
  }
}

/** Empty for what is no DTO: what a free-form object holds is its own affair. */
function optionalFieldsOf(instance: object): ReadonlySet<string> {
  const type = Object.getPrototypeOf(instance) as object | null;
  if (!type || type === Object.prototype || type === Array.prototype) return NONE;
  let fields = optionalFields.get(type);
  if (!fields) {
    const rules = getMetadataStorage().getTargetValidationMetadatas(
      type.constructor,
      '',
      true,
      false,
    );
    const names = rules.filter(({ name }) => name === IS_OPTIONAL).map((rule) => rule.propertyName);
    optionalFields.set(type, (fields = new Set(names)));
  }
  return fields;
}

const NONE: ReadonlySet<string> = new Set();
