/** An error that the operator can fix: its message is all that is shown, and the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
