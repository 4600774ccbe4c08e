/** A failure the user can do something about. Its message is the sentence they read. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';
}
