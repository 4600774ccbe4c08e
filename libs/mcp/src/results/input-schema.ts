import { isDeeperThan } from '../json/is-deeper-than.js';
import { isObject } from '../json/json-text.js';

type Schema = Record<string, unknown>;

/** No tool is called with arguments in so many objects, and all that walks a schema may rely on it. */
const MAX_DEPTH = 200;

/**
 * The input schema of a tool, without members that are null or of the wrong type where the tool can be called without
 * them. The specification wants an object at its root; a schema that is anything else there cannot be filled in.
 */
export function readInputSchema(
  given: unknown,
): { inputSchema: Schema; reason?: never } | { inputSchema?: never; reason: string } {
  if (given === undefined || given === null) return { reason: 'It is missing.' };
  if (!isObject(given)) return { reason: 'It is no object.' };
  if (!isTypeObject(given.type)) return { reason: 'Its type is not "object".' };
  if (isDeeperThan(given, MAX_DEPTH)) return { reason: 'It is nested too deeply.' };
  const { properties, required, ...others } = given;
  const hasProperties = properties !== undefined && properties !== null;
  if (hasProperties && !isObject(properties)) return { reason: 'Its properties are no object.' };
  const inputSchema: Schema = Object.fromEntries(
    Object.entries(others).filter(([, value]) => value !== null),
  );
  inputSchema.type = 'object';
  if (hasProperties) inputSchema.properties = readProperties(properties);
  if (Array.isArray(required)) {
    inputSchema.required = required.filter((name) => typeof name === 'string');
  }
  return { inputSchema };
}

function isTypeObject(type: unknown): boolean {
  return type === 'object' || (Array.isArray(type) && type.includes('object'));
}

/** A property without a usable schema takes any value. */
function readProperties(properties: Schema): Schema {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [
      name,
      isObject(schema) || typeof schema === 'boolean' ? schema : {},
    ]),
  );
}
