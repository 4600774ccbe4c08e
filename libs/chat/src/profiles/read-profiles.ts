import {
  type DefinitionFile,
  DefinitionSchema,
  invalidDefinition,
  readDefinitions,
} from '@app/config';
import { AddressRules, keepsUsersElsewhere } from '@app/mcp';
import { DEFAULT_MODEL } from '@app/models';
import { isVisible } from './accent.js';
import matches from './profile.schema.json?compiled';
import { commandNames, type Profile } from './profile.js';
import { badSandbox, rivalUser } from './sandbox-rules.js';
import { badTexts } from './profile-texts.js';

const KIND = 'profile';

const definitions = new DefinitionSchema<Profile>(KIND, matches);

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

/** Every `*.json` of a folder that is a profile. @throws ConfigurationError which names the first that is no JSON */
export function readProfileFiles(folder: string): DefinitionFile[] {
  return readDefinitions({
    kind: KIND,
    path: folder,
    variable: 'PROFILES_DIR',
    except: PINS_SUFFIX,
  });
}

/**
 * Reads the contents of files as the profiles that there are.
 *
 * @throws ConfigurationError which names the file, the field and the reason of the first bad one
 */
export function readProfiles(files: readonly DefinitionFile[], known: KnownNames): Profile[] {
  const profiles = files.map(({ file, value }) => readProfile(value, file, known));
  const rival = rivalUser(profiles);
  if (rival) throw invalidDefinition(KIND, `${rival.profile.id}.json`, rival.reason);
  return profiles;
}

/**
 * Reads the content of one file as a profile.
 *
 * @throws ConfigurationError which names the file, the field and the reason
 */
export function readProfile(value: unknown, file: string, known: KnownNames): Profile {
  const profile = definitions.read(value, file);
  const reason =
    inconsistency(profile, file) ??
    missingServer(profile, known.isBuiltIn) ??
    strayData(profile) ??
    badAddress(profile) ??
    badSandbox(profile) ??
    badAuthorization(profile) ??
    badModel(profile, known.isModel) ??
    badLimits(profile, known.activeModel) ??
    badTexts(profile) ??
    badAccent(profile);
  if (reason) throw invalidDefinition(KIND, file, reason);
  return profile;
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
  const prompts = profile.allowedPrompts ?? {};
  const stray = Object.keys(prompts).find((name) => !servers.includes(name));
  if (stray) return `allowedPrompts names a server "${stray}" that servers lacks`;
  const taken = repeated([...commandNames(profile), 'help']);
  if (taken && Object.values(prompts).flat().includes(taken)) {
    return `allowedPrompts has "${taken}", which is another command`;
  }
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
  {
    engine,
    model,
    sampling,
    allowedTools,
    toolRisks = {},
    confirm = [],
    privateArguments = {},
  }: Profile,
  isModel: (name: string) => boolean,
): string | undefined {
  if (model && engine !== 'model') return 'model needs the engine "model"';
  if (sampling && engine !== 'model') return 'sampling needs the engine "model"';
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

function badAddress({ servers }: Profile): string | undefined {
  for (const [index, server] of servers.entries()) {
    const allowed = server.transport === 'http' ? (server.allowPrivateAddresses ?? []) : [];
    const bad = allowed.find((entry) => !AddressRules.isEntry(entry));
    if (bad === undefined) continue;
    return `servers/${index}/allowPrivateAddresses "${bad}" is no address, network (CIDR) or name of a host`;
  }
  return undefined;
}

/** A token is of one user, for one server, and stands in one header. */
function badAuthorization({ servers, isolation }: Profile): string | undefined {
  for (const [index, server] of servers.entries()) {
    if (server.transport !== 'http' || !server.authorization) continue;
    const at = `servers/${index}`;
    if (isolation !== 'per-user') return `${at}/authorization needs the isolation "per-user"`;
    if (server.url.includes('{')) return `${at}/url may have no placeholders with authorization`;
    const names = Object.keys(server.headers ?? {}).map((name) => name.toLowerCase());
    if (names.includes('authorization')) {
      return `${at}/headers may have no Authorization with authorization`;
    }
  }
  return undefined;
}

function repeated(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index);
}
