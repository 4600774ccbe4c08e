export { ConfigurationError } from './configuration.error.js';
export {
  type DefinitionFile,
  type DefinitionFolder,
  invalidDefinition,
  readDefinitions,
} from './definition-files.js';
export { DefinitionSchema } from './definition-schema.js';
export { developmentFile } from './development-file.js';
export { describeVariables, type VariableDescription } from './describe-variables.js';
export { parseEnvironment } from './parse-environment.js';
export { environmentValue } from './environment-value.js';
export { runMode, type RunMode } from './run-mode.js';
export {
  durationOf,
  durationVariable,
  optionalDurationVariable,
  parseDuration,
} from './duration.js';
export { splitList } from './list.js';
export { originsVariable, publicUrlVariable } from './origin.js';
export {
  booleanVariable,
  choiceVariable,
  hostVariable,
  integerVariable,
  isHost,
  keyVariable,
  parsedSecretVariable,
  parsedVariable,
  portVariable,
  secretVariable,
  textVariable,
  type Variable,
} from './variables.js';
export { DEVELOPMENT_PREFIX, refuseWeakSecrets } from './secret-strength.js';
export { refusePlainInProduction } from './plain-addresses.js';
