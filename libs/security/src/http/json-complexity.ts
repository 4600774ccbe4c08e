/** The deepest nesting, and the most lists, objects and members, that a body may have; no DTO comes near. */
const DEEPEST = 32;
const MAX_CONTAINERS = 500;
const MAX_MEMBERS = 500;

/**
 * Whether a JSON text nests so deeply that a recursive walk over its value could exhaust the stack, or has so many
 * parts that validation would take long. A scan of the text, not of the value: brackets in strings do not count.
 */
export function isTooComplex(json: string): boolean {
  let depth = 0;
  let containers = 0;
  let members = 0;
  let inString = false;
  for (let index = 0; index < json.length; index += 1) {
    const char = json[index];
    if (inString) {
      if (char === '\\') index += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '[' || char === '{') {
      depth += 1;
      containers += 1;
    } else if (char === ']' || char === '}') depth -= 1;
    else if (char === ',') members += 1;
    if (depth > DEEPEST || containers > MAX_CONTAINERS || members > MAX_MEMBERS) return true;
  }
  return false;
}
