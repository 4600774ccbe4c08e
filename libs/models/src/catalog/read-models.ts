import {
  type ConfigurationError,
  DefinitionSchema,
  invalidDefinition,
  readDefinitions,
} from '@app/config';
import { existsSync } from 'node:fs';
import type { ModelsConfig } from '../models.config.js';
import type { InactiveModel, Model, ModelFile, ModelProvider, ModelTimeouts } from './model.js';
import matches from './model.schema.json?compiled';

const MODEL_KIND = 'model';

const definitions = new DefinitionSchema<ModelFile>(MODEL_KIND, matches);

const DEFAULT_TIMEOUTS: ModelTimeouts = {
  connectMs: 5_000,
  firstTokenMs: 60_000,
  totalMs: 300_000,
};

const DEFAULT_RETRIES = 2;

/** Said here: where nothing is said, the packages of the providers look into the environment. */
const ADDRESSES: Readonly<Record<ModelProvider, string | undefined>> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com/v1',
  google: 'https://generativelanguage.googleapis.com/v1beta',
  'openai-compatible': undefined,
};

const PLACEHOLDER = /^\{env:([A-Z0-9_]+)\}$/;

export interface ReadModels {
  readonly active: readonly Model[];
  readonly inactive: readonly InactiveModel[];
}

/**
 * The models of the folder. A gateway needs none: only a folder that was named has to be there.
 *
 * @throws ConfigurationError which names the file, the field and the reason of the first bad one, also of one that is not active
 */
export function readModels(
  config: Pick<ModelsConfig, 'modelsDir' | 'isFolderNamed' | 'variables'>,
): ReadModels {
  if (!config.isFolderNamed && !existsSync(config.modelsDir)) return { active: [], inactive: [] };
  const folder = { kind: MODEL_KIND, path: config.modelsDir, variable: 'MODELS_DIR' };
  const files = readDefinitions(folder);
  const inactive: InactiveModel[] = [];
  const active = files.flatMap(({ file, value }) => {
    const read = definitions.read(value, file);
    const reason = inconsistency(read, file);
    if (reason) throw invalid(file, reason);
    const found = activeModel(read, file, config.variables);
    const { id, provider, model } = read;
    if (!found) inactive.push({ id, provider, model });
    return found ?? [];
  });
  const [, second] = active.filter(({ isDefault }) => isDefault);
  if (second) {
    throw invalid(`${second.id}.json`, 'default is set by two models');
  }
  return { active, inactive };
}

/** What a schema cannot say. */
function inconsistency(model: ModelFile, file: string): string | undefined {
  if (`${model.id}.json` !== file) return `id "${model.id}" differs from the name of the file`;
  if (model.maxOutputTokens > model.contextWindow / 2) {
    return 'maxOutputTokens is more than half of contextWindow';
  }
  const { connectMs, firstTokenMs, totalMs } = { ...DEFAULT_TIMEOUTS, ...model.timeouts };
  if (connectMs > firstTokenMs || firstTokenMs > totalMs) {
    return `timeouts do not grow: connectMs ${connectMs}, firstTokenMs ${firstTokenMs}, totalMs ${totalMs}`;
  }
  return undefined;
}

function activeModel(
  model: ModelFile,
  file: string,
  variables: ReadonlyMap<string, string>,
): Model | undefined {
  if (model.active === false) return undefined;
  const missing = (['apiKey', 'baseUrl'] as const).find(
    (field) => variableOf(model[field]) && !variables.has(variableOf(model[field])!),
  );
  if (missing && model.active === 'when-configured') return undefined;
  if (missing) {
    const reason = `${missing} names ${variableOf(model[missing])}, which is not set`;
    throw invalid(file, reason);
  }
  const valueOf = (text: string | undefined) => variables.get(variableOf(text) ?? '') ?? text;
  const baseUrl = valueOf(model.baseUrl) ?? ADDRESSES[model.provider]!;
  if (!/^https?:$/.test(URL.parse(baseUrl)?.protocol ?? '')) {
    const reason = `baseUrl names ${variableOf(model.baseUrl)}, which is no address of http or https`;
    throw invalid(file, reason);
  }
  const key = valueOf(model.apiKey);
  return {
    id: model.id,
    provider: model.provider,
    model: model.model,
    baseUrl,
    contextWindow: model.contextWindow,
    maxOutputTokens: model.maxOutputTokens,
    price: model.price,
    timeouts: { ...DEFAULT_TIMEOUTS, ...model.timeouts },
    retries: model.retries ?? DEFAULT_RETRIES,
    isDefault: model.default === true,
    apiKey: () => key,
  };
}

function variableOf(text: string | undefined): string | undefined {
  return PLACEHOLDER.exec(text ?? '')?.[1];
}

function invalid(file: string, reason: string): ConfigurationError {
  return invalidDefinition(MODEL_KIND, file, reason);
}
