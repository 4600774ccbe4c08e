import {
  booleanVariable,
  environmentValue,
  parseEnvironment,
  runMode,
  textVariable,
} from '@app/config';
import { registerAs } from '@nestjs/config';
import { resolve } from 'node:path';

export interface ModelsConfig {
  /** The folder of the models. @default ./apps/gateway/models, if there is one */
  readonly modelsDir: string;
  /** Whether an operator has named the folder, and so expects it to be there. */
  readonly isFolderNamed: boolean;
  /** Whether a model server on this machine is looked for, where no model is configured. */
  readonly discovers: boolean;
  /** The variables that `{env:NAME}` may name: those that start with `MODEL_KEY_` or `MODEL_URL_`, and no other. */
  readonly variables: ReadonlyMap<string, string>;
}

const DEFAULT_FOLDER = './apps/gateway/models';

export const modelsConfig = registerAs('models', (): ModelsConfig => {
  const variables = parseEnvironment<{ MODELS_DIR?: string; MODEL_DISCOVERY: boolean }>(
    {
      MODELS_DIR: textVariable()
        .optional()
        .describe('Folder of the models. They are read at the start.')
        .meta({ unset: DEFAULT_FOLDER }),
      MODEL_DISCOVERY: booleanVariable(true).describe(
        'Whether a gateway without a configured model uses Ollama or LM Studio on this machine. In development only.',
      ),
    },
    process.env,
  );
  return {
    modelsDir: resolve(variables.MODELS_DIR ?? DEFAULT_FOLDER),
    isFolderNamed: variables.MODELS_DIR !== undefined,
    discovers: variables.MODEL_DISCOVERY && runMode(process.env) === 'development',
    variables: nameable(process.env),
  };
});

/** `MODEL_KEY_…` may come from a file, as any secret. @throws ConfigurationError if that cannot be read */
function nameable(environment: NodeJS.ProcessEnv): ReadonlyMap<string, string> {
  const names = Object.keys(environment)
    .map((name) => (name.startsWith('MODEL_KEY_') ? name.replace(/_FILE$/, '') : name))
    .filter((name) => /^MODEL_(?:KEY|URL)_[A-Z0-9_]+$/.test(name));
  const values = [...new Set(names)].map((name) => {
    const isSecret = name.startsWith('MODEL_KEY_');
    return [name, environmentValue(name, { isSecret }, environment)] as const;
  });
  return new Map(values.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
