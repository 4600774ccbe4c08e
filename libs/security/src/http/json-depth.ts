/** The deepest nesting of lists and objects that a body may have; no DTO comes near. */
const DEEPEST = 32;

/**
 * Whether a JSON text nests so deeply that a recursive walk over its value could exhaust the stack. A scan of the
 * text, not of the value: brackets inside of strings do not count.
 */
export function isNestedTooDeeply(json: string): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < json.length; index += 1) {
    const char = json[index];
    if (inString) {
      if (char === '\\') index += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '[' || char === '{') depth += 1;
    else if (char === ']' || char === '}') depth -= 1;
    if (depth > DEEPEST) return true;
  }
  return false;
}
