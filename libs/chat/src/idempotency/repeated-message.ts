/** That a message has come before, under the same key. It is no failure: the run that it began answers it. */
export class RepeatedMessage extends Error {
  override readonly name = 'RepeatedMessage';

  constructor(readonly runId: string) {
    super('The message has come before.');
  }
}
