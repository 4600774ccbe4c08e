/** A value of the environment that the process cannot start with. Its message is the one line an operator reads. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}
