export { ConfigurationError } from './configuration.error.js';
export { parseEnvironment } from './parse-environment.js';
export { runMode, type RunMode } from './run-mode.js';
export { durationOf, durationVariable } from './duration.js';
