/** A failure the user can do something about. Its message is the sentence they read. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
