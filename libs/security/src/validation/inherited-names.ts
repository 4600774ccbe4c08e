/**
 * The fields of a value, at any depth, that are named like a member of every object or class: `toString`,
 * `constructor`, `__proto__`, `prototype`. No DTO has one, Nest and class-transformer drop them unseen, and code that
 * looks a name up in an object would find what the object inherits. Paths, with dots.
 */
export function inheritedNames(value: object, path = ''): string[] {
  return Object.entries(value).flatMap(([field, inner]: [string, unknown]) => {
    if (field in Object.prototype || field === 'prototype') return [`${path}${field}`];
    return typeof inner === 'object' && inner !== null
      ? inheritedNames(inner, `${path}${field}.`)
      : [];
  });
}
