import { ConfigurationError } from '@app/config';
import { keepsUsersElsewhere } from '@app/mcp';
import { Ajv, type ErrorObject } from 'ajv';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import schema from './profile.schema.json' with { type: 'json' };
import type { Profile } from './profile.js';

/**
 * Reads every `*.json` of a folder as a profile.
 *
 * @throws ConfigurationError which names the file, the field and the reason of the first bad one
 */
export function readProfiles(folder: string, isBuiltIn: (name: string) => boolean): Profile[] {
  const matchesSchema = new Ajv({ allowUnionTypes: true, strict: false }).compile<Profile>(schema);
  return fileNames(folder).map((file) => {
    const profile = parse(folder, file);
    if (!matchesSchema(profile)) throw invalid(file, schemaReason(matchesSchema.errors ?? []));
    const reason =
      inconsistency(profile, file) ?? missingServer(profile, isBuiltIn) ?? strayData(profile);
    if (reason) throw invalid(file, reason);
    return profile;
  });
}

function fileNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort();
  } catch {
    throw new ConfigurationError(`Invalid configuration: PROFILES_DIR names no folder: ${folder}`);
  }
}

function parse(folder: string, file: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, file), 'utf8'));
  } catch (error) {
    throw invalid(file, error instanceof SyntaxError ? `not JSON: ${error.message}` : 'unreadable');
  }
}

function schemaReason(errors: readonly ErrorObject[]): string {
  // Of the errors inside an `if … then` the innermost says most; the surrounding ones only that it did not match.
  const error = errors.find(({ keyword }) => keyword !== 'if') ?? errors[0];
  if (!error) return 'does not match the schema';
  const { additionalProperty, allowedValues } = error.params as Record<string, unknown>;
  const field = error.instancePath === '' ? 'the profile' : error.instancePath.slice(1);
  if (typeof additionalProperty === 'string') {
    return `${field} has an unknown field "${additionalProperty}"`;
  }
  const choice = Array.isArray(allowedValues) ? `: ${allowedValues.join(', ')}` : '';
  return `${field} ${error.message ?? 'is invalid'}${choice}`;
}

/** What a schema cannot say: that the parts of a profile refer to each other. */
function inconsistency(profile: Profile, file: string): string | undefined {
  if (`${profile.id}.json` !== file) return `id "${profile.id}" differs from the name of the file`;
  const servers = profile.servers.map(({ name }) => name);
  const twice = repeated(servers);
  if (twice) return `servers has "${twice}" twice`;
  const unknown = Object.keys(profile.allowedTools).find((name) => !servers.includes(name));
  if (unknown) return `allowedTools names a server "${unknown}" that servers lacks`;
  const tools = Object.values(profile.allowedTools).flat();
  const ambiguous = repeated(tools);
  if (ambiguous) return `allowedTools has "${ambiguous}" on two servers`;
  const byDefault = profile.defaultTool?.name;
  if (byDefault !== undefined && !tools.includes(byDefault)) {
    return `defaultTool/name "${byDefault}" is not among allowedTools`;
  }
  return undefined;
}

function missingServer(profile: Profile, isBuiltIn: (name: string) => boolean): string | undefined {
  const index = profile.servers.findIndex(
    ({ name, transport }) => transport === 'built-in' && !isBuiltIn(name),
  );
  return index < 0
    ? undefined
    : `servers/${index}/name "${profile.servers[index]!.name}" is not built in`;
}

function strayData({ servers }: Profile): string | undefined {
  const index = servers.findIndex(keepsUsersElsewhere);
  return index < 0
    ? undefined
    : `servers/${index} names {userId} with {dataDir}: what it keeps of a user belongs in {userDir}`;
}

function repeated(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index);
}

function invalid(file: string, reason: string): ConfigurationError {
  return new ConfigurationError(`Invalid profile ${file}: ${reason}`);
}
