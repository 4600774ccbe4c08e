import { DefinitionSchema, invalidDefinition, readDefinitions } from '@app/config';
import { keepsUsersElsewhere } from '@app/mcp';
import { DEFAULT_MODEL } from '@app/models';
import { isVisible } from './accent.js';
import schema from './profile.schema.json' with { type: 'json' };
import type { Profile } from './profile.js';
import { badTexts } from './profile-texts.js';

const KIND = 'profile';

const definitions = new DefinitionSchema<Profile>(KIND, schema);

/** What the names of the files end in that pin the tools of profiles. */
export const PINS_SUFFIX = '.pins.json';

interface PricedModel {
  readonly price?: { readonly currency: string } | undefined;
}

/** What profiles may refer to. */
export interface KnownNames {
  readonly isBuiltIn: (server: string) => boolean;
  readonly isModel: (name: string) => boolean;
  /** A model that may be asked. */
  readonly activeModel: (name: string) => PricedModel | undefined;
}

/**
 * Reads every `*.json` of a folder as a profile.
 *
 * @throws ConfigurationError which names the file, the field and the reason of the first bad one
 */
export function readProfiles(folder: string, known: KnownNames): Profile[] {
  const files = readDefinitions({
    kind: KIND,
    path: folder,
    variable: 'PROFILES_DIR',
    except: PINS_SUFFIX,
  });
  return files.map(({ file, value }) => {
    const profile = definitions.read(value, file);
    const reason =
      inconsistency(profile, file) ??
      missingServer(profile, known.isBuiltIn) ??
      strayData(profile) ??
      badModel(profile, known.isModel) ??
      badLimits(profile, known.activeModel) ??
      badTexts(profile) ??
      badAccent(profile);
    if (reason) throw invalidDefinition(KIND, file, reason);
    return profile;
  });
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

function badAccent({ accent }: Profile): string | undefined {
  return accent === undefined || isVisible(accent)
    ? undefined
    : `accent ${accent} cannot be told from white or from black: the contrast to either must be 3:1`;
}

/** A limit that nothing would ever reach is a mistake. */
function badLimits(
  { engine, model, limits }: Profile,
  activeModel: KnownNames['activeModel'],
): string | undefined {
  const { tokensPerDay, costPerDay } = limits;
  const name = tokensPerDay === undefined ? 'costPerDay' : 'tokensPerDay';
  if ((tokensPerDay ?? costPerDay) === undefined) return undefined;
  if (engine !== 'model') return `limits/${name} needs the engine "model"`;
  if (!costPerDay) return undefined;
  const { currency } = costPerDay;
  const unpriced = [model?.name ?? DEFAULT_MODEL, ...(model?.fallbacks ?? [])].find((id) => {
    const asked = activeModel(id);
    return asked && asked.price?.currency !== currency;
  });
  return unpriced && `limits/costPerDay needs a price in ${currency} of the model "${unpriced}"`;
}

/** What a profile says of its model, and of what that may do. */
function badModel(
  { engine, model, allowedTools, toolRisks = {}, confirm = [], privateArguments = {} }: Profile,
  isModel: (name: string) => boolean,
): string | undefined {
  if (model && engine !== 'model') return 'model needs the engine "model"';
  const names = [...(model?.name === undefined ? [] : [model.name]), ...(model?.fallbacks ?? [])];
  const unknown = names.find((name) => !isModel(name));
  if (unknown !== undefined) return `model names "${unknown}", which MODELS_DIR has no file for`;
  const tools = Object.values(allowedTools).flat();
  const named = {
    toolRisks: Object.keys(toolRisks),
    confirm,
    privateArguments: Object.keys(privateArguments),
  };
  for (const [field, ofField] of Object.entries(named)) {
    const stray = ofField.find((name) => !tools.includes(name));
    if (stray !== undefined) return `${field} names "${stray}", which is not among allowedTools`;
  }
  return undefined;
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
