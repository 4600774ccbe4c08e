import type { McpTool } from '@app/mcp';
import { Injectable } from '@nestjs/common';
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** The checks that are kept, by the digest of the definition: the same tool of all users has one. */
const MAX_CHECKS = 500;

/** The largest schema that is compiled, and the longest arguments that are checked. Characters of JSON. */
const LONGEST_SCHEMA = 65_536;
const LONGEST_ARGUMENTS = 65_536;

/** How many schemas a value may be held against, one in the other, each reference followed. */
const MAX_SUBSCHEMAS = 2_000;

/** How many faults are told. */
const MAX_FAULTS = 3;
const LONGEST_FAULT = 200;

/**
 * The schema comes from a server that may mean harm: nothing of it is fetched, changes the arguments, or is a regular
 * expression that runs. What is not checked here the server checks.
 */
const OPTIONS = {
  strict: false,
  allErrors: false,
  validateFormats: false,
  addUsedSchema: false,
  logger: false,
  unicodeRegExp: false,
} satisfies Options;

/** A pattern could take for ever. */
const anyText = Object.assign(() => ({ test: () => true }), {
  code: '() => ({ test: () => true })',
});

/** Its cost grows with the square of the list. */
const UNCHECKED_KEYWORD = 'uniqueItems';

/**
 * Schemas with these are not checked. With a pattern that fits any name the others would be taken for its own; an id
 * changes what the references beside it refer to.
 */
const UNCHECKED_NAMES = ['"patternProperties"', '"$id"'];

const REFERENCES: ReadonlySet<string> = new Set(['$ref', '$dynamicRef', '$recursiveRef']);

/** References that mean here what they mean to the compiler, which decodes and shortens others. */
const PLAIN_REFERENCE = /^#(?:\/[\w$.-]+)*$/;

type Check = ValidateFunction | undefined;

/** Holds the arguments of calls against the schemas of their tools, as far as that is safe and cheap. */
@Injectable()
export class ArgumentChecks {
  private readonly checks = new Map<string, Check>();

  /** What is wrong with the arguments, in words for a model; undefined if nothing is, or it cannot be checked here. */
  faultOf(
    { digest, inputSchema }: McpTool,
    input: Readonly<Record<string, unknown>>,
  ): string | undefined {
    const json = JSON.stringify(input);
    if (json.length > LONGEST_ARGUMENTS) return undefined;
    const check = this.checkFor(digest, inputSchema);
    if (!check) return undefined;
    try {
      // A copy, in which a number that a double does not hold is one all the same.
      if (check(JSON.parse(json))) return undefined;
    } catch {
      return undefined; // nested deeper than the stack
    }
    return (check.errors ?? []).slice(0, MAX_FAULTS).map(wordsOf).join('; ');
  }

  private checkFor(digest: string, schema: Readonly<Record<string, unknown>>): Check {
    if (this.checks.has(digest)) return this.checks.get(digest);
    const check = compile(schema);
    if (this.checks.size >= MAX_CHECKS) this.checks.delete(this.checks.keys().next().value!);
    this.checks.set(digest, check);
    return check;
  }
}

/** Undefined for a schema that is odd, too large, or refers to itself. */
function compile({ $schema, ...given }: Readonly<Record<string, unknown>>): Check {
  const schema = Object.fromEntries(Object.entries(given).filter(([name]) => name !== '$id'));
  const json = JSON.stringify(schema);
  if (json.length > LONGEST_SCHEMA) return undefined;
  if (UNCHECKED_NAMES.some((name) => json.includes(name))) return undefined;
  if (subschemas(schema, schema, MAX_SUBSCHEMAS) <= 0) return undefined;
  const isOld = typeof $schema === 'string' && /draft-0\d/.test($schema);
  for (const Version of isOld ? [Ajv] : [Ajv2020, Ajv]) {
    try {
      const ajv = new Version({ ...OPTIONS, code: { regExp: anyText } });
      ajv.removeKeyword(UNCHECKED_KEYWORD);
      return ajv.compile(schema);
    } catch {
      // Another version may understand it; or it refers to what is elsewhere.
    }
  }
  return undefined;
}

/**
 * What is left of `budget` when every schema in it is counted, each reference as what it refers to. 0 or less: there are
 * too many, or a reference that is not plain could hide them.
 */
function subschemas(value: unknown, root: object, budget: number): number {
  if (budget <= 0 || typeof value !== 'object' || value === null) return budget;
  let left = budget - 1;
  for (const [key, member] of Object.entries(value)) {
    if (left <= 0) return left;
    // A property may have the name of a reference: then it is a schema.
    const isReference = REFERENCES.has(key) && typeof member === 'string';
    const counted: unknown = isReference ? target(root, member) : member;
    if (counted === undefined) return 0;
    left = subschemas(counted, root, left);
  }
  return left;
}

/** Undefined for what is not found, or could be another to the compiler. */
function target(root: object, reference: string): unknown {
  if (!PLAIN_REFERENCE.test(reference)) return undefined;
  return reference
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (inner, key) =>
        typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
          ? (inner as Record<string, unknown>)[key]
          : undefined,
      root,
    );
}

function wordsOf({ instancePath, message, params }: ErrorObject): string {
  const where = instancePath === '' ? 'the arguments' : instancePath.slice(1).replaceAll('/', '.');
  const { additionalProperty, allowedValues } = params as Record<string, unknown>;
  const which =
    typeof additionalProperty === 'string'
      ? `: ${additionalProperty}`
      : Array.isArray(allowedValues)
        ? `: ${allowedValues.map((value) => JSON.stringify(value)).join(', ')}`
        : '';
  return `${where} ${message ?? 'do not fit'}${which}`.slice(0, LONGEST_FAULT).toWellFormed();
}
