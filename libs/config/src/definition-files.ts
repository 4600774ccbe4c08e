import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from './configuration.error.js';

/** A folder of JSON files, each of which defines one thing that operators configure. */
export interface DefinitionFolder {
  /** What one file defines, for the line that an operator reads. */
  readonly kind: string;
  readonly path: string;
  /** The variable that names the folder. */
  readonly variable: string;
  /** What the names of files end in that lie beside the definitions and are none, such as `.pins.json`. */
  readonly except?: string;
}

export interface DefinitionFile {
  readonly file: string;
  readonly value: unknown;
}

/** What a validator of JSON Schema says against a value. */
export interface SchemaIssue {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message?: string;
}

/**
 * Parses every `*.json` of a folder, in the order of their names, with a byte order mark or without. Hidden files, which
 * editors and copies leave, are none.
 *
 * @throws ConfigurationError if there is no such folder, or for the first file that is no JSON
 */
export function readDefinitions(folder: DefinitionFolder): DefinitionFile[] {
  return fileNames(folder).map((file) => ({ file, value: parse(folder, file) }));
}

export function invalidDefinition(kind: string, file: string, reason: string): ConfigurationError {
  return new ConfigurationError(`Invalid ${kind} ${file}: ${reason}`);
}

/** The field and what is wrong with it, of the issue that says most. */
export function schemaReason(kind: string, issues: readonly SchemaIssue[]): string {
  // Of the errors inside an `if … then` the innermost says most; the surrounding ones only that it did not match.
  const issue = issues.find(({ keyword }) => keyword !== 'if') ?? issues[0];
  if (!issue) return 'does not match the schema';
  const { additionalProperty, allowedValues } = issue.params as Record<string, unknown>;
  const field = issue.instancePath === '' ? `the ${kind}` : issue.instancePath.slice(1);
  if (typeof additionalProperty === 'string') {
    return `${field} has an unknown field "${additionalProperty}"`;
  }
  const choice = Array.isArray(allowedValues) ? `: ${allowedValues.join(', ')}` : '';
  return `${field} ${issue.message ?? 'is invalid'}${choice}`;
}

function fileNames({ path, variable, except }: DefinitionFolder): string[] {
  try {
    return readdirSync(path)
      .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
      .filter((name) => except === undefined || !name.endsWith(except))
      .sort();
  } catch {
    throw new ConfigurationError(`Invalid configuration: ${variable} names no folder: ${path}`);
  }
}

function parse({ kind, path }: DefinitionFolder, file: string): unknown {
  try {
    return JSON.parse(readFileSync(join(path, file), 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    const reason = error instanceof SyntaxError ? `not JSON: ${flaw(error)}` : 'unreadable';
    throw invalidDefinition(kind, file, reason);
  }
}

/** In one line, without the part of the file that the parser quotes. */
function flaw({ message }: SyntaxError): string {
  return message.replace(/, .*is not valid JSON$/s, '').replace(/[\s\p{Cc}]+/gu, ' ');
}
