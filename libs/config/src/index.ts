export { ConfigurationError } from './configuration.error.js';
export {
  type DefinitionFile,
  type DefinitionFolder,
  invalidDefinition,
  readDefinitions,
} from './definition-files.js';
export { DefinitionSchema } from './definition-schema.js';
export { describeVariables, type VariableDescription } from './describe-variables.js';
export { parseEnvironment } from './parse-environment.js';
export { environmentValue } from './environment-value.js';
export { runMode, type RunMode } from './run-mode.js';
export { durationOf, durationVariable, parseDuration } from './duration.js';
export { splitList } from './list.js';
export { originsVariable, publicUrlVariable } from './origin.js';
export {
  booleanVariable,
  choiceVariable,
  hostVariable,
  integerVariable,
  keyVariable,
  parsedVariable,
  portVariable,
  secretVariable,
} from './variables.js';
export { DEVELOPMENT_PREFIX, refuseWeakSecrets } from './secret-strength.js';
