import { DefinitionSchema, invalidDefinition } from '@app/config';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import matches from './pins.schema.json?compiled';
import { PINS_SUFFIX } from './read-profiles.js';

/** What is pinned of one tool or prompt. */
export interface ToolPin {
  readonly server: string;
  /** Of the whole definition: name, title, description, schemas and annotations. */
  readonly sha256: string;
}

/** The tools and prompts of a profile, as a person has reviewed them. */
export interface PinsFile {
  readonly prompts?: Readonly<Record<string, ToolPin>>;
  readonly tools: Readonly<Record<string, ToolPin>>;
}

const KIND = 'pins';

const definitions = new DefinitionSchema<PinsFile>(KIND, matches);

export function pinsPath(folder: string, profileId: string): string {
  return join(folder, profileId + PINS_SUFFIX);
}

/**
 * The pins of a profile; undefined if it has none.
 *
 * @throws ConfigurationError which names the file and the reason
 */
export function readPins(folder: string, profileId: string): PinsFile | undefined {
  const path = pinsPath(folder, profileId);
  if (!existsSync(path)) return undefined;
  const file = profileId + PINS_SUFFIX;
  return definitions.read(parse(path, file), file);
}

function parse(path: string, file: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    throw invalidDefinition(KIND, file, error instanceof SyntaxError ? 'not JSON' : 'unreadable');
  }
}
