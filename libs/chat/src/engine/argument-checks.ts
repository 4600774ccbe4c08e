import type { McpTool } from '@app/mcp';
import { Injectable } from '@nestjs/common';
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** The checks that are kept, by the digest of the definition: the same tool of all users has one, or two with a schema of its results. */
const MAX_CHECKS = 500;

/** The largest schema that is compiled, and the longest value that is checked. Characters of JSON. */
const LONGEST_SCHEMA = 65_536;
const LONGEST_CHECKED = 65_536;

/** How many schemas a value may be held against, one in the other, each reference followed. */
const MAX_SUBSCHEMAS = 2_000;

/** How many faults are told. */
const MAX_FAULTS = 3;
const LONGEST_FAULT = 200;

const NO_STRUCTURE = 'the result has no structured part';

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

/** What is wrong with a value. */
export interface SchemaFault {
  /** For a model. It may have the names of members, which can be personal. */
  readonly words: string;
  /** For the log: what of the schema does not fit, and nothing of the value. */
  readonly reason: string;
}

/** Holds the arguments and results of calls against the schemas of their tools, as far as that is safe and cheap. */
@Injectable()
export class ArgumentChecks {
  private readonly checks = new Map<string, Check>();

  /** What is wrong with the arguments, in words for a model; undefined if nothing is, or it cannot be checked here. */
  faultOf(
    { digest, inputSchema }: McpTool,
    input: Readonly<Record<string, unknown>>,
  ): string | undefined {
    const json = JSON.stringify(input);
    return this.fault(this.checkFor(digest, inputSchema), json, 'the arguments')?.words;
  }

  /** The same of what a tool returned, against what it promises. */
  faultOfResult({ digest, outputSchema }: McpTool, structured: unknown): SchemaFault | undefined {
    if (!outputSchema) return undefined;
    if (structured === undefined) return { words: NO_STRUCTURE, reason: NO_STRUCTURE };
    const check = this.checkFor(`${digest} result`, outputSchema);
    const json = check && toJson(structured);
    return json === undefined ? undefined : this.fault(check, json, 'the result');
  }

  private fault(check: Check, json: string, whole: string): SchemaFault | undefined {
    if (!check || json.length > LONGEST_CHECKED) return undefined;
    try {
      // A copy, in which a number that a double does not hold is one all the same.
      if (check(JSON.parse(json))) return undefined;
    } catch {
      return undefined; // nested deeper than the stack
    }
    const faults = (check.errors ?? []).slice(0, MAX_FAULTS);
    return {
      words: faults.map((fault) => wordsOf(fault, whole)).join('; '),
      reason: faults.map(({ schemaPath }) => shortened(schemaPath)).join('; '),
    };
  }

  private checkFor(key: string, schema: Readonly<Record<string, unknown>>): Check {
    if (this.checks.has(key)) return this.checks.get(key);
    const check = compile(schema);
    if (this.checks.size >= MAX_CHECKS) this.checks.delete(this.checks.keys().next().value!);
    this.checks.set(key, check);
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

/** Undefined for what is nested deeper than the stack. */
function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function wordsOf({ instancePath, message, params }: ErrorObject, whole: string): string {
  const where = instancePath === '' ? whole : instancePath.slice(1).replaceAll('/', '.');
  const { additionalProperty, allowedValues } = params as Record<string, unknown>;
  const which =
    typeof additionalProperty === 'string'
      ? `: ${additionalProperty}`
      : Array.isArray(allowedValues)
        ? `: ${allowedValues.map((value) => JSON.stringify(value)).join(', ')}`
        : '';
  return shortened(`${where} ${message ?? 'do not fit'}${which}`);
}

function shortened(text: string): string {
  return text.slice(0, LONGEST_FAULT).toWellFormed();
}
