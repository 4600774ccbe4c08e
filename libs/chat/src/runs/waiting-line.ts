/** Those who wait for one thing. Each has it in its turn, in the order in which they came. */
export class WaitingLine {
  private readonly waiting: PromiseWithResolvers<void>[] = [];

  get length(): number {
    return this.waiting.length;
  }

  /** Does the work when all who came before are through with theirs. @throws the reason of `givenUp`, before its turn */
  async inTurn<Result>(givenUp: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const own = Promise.withResolvers<void>();
    const giveUp = () => own.reject(givenUp.reason as Error);
    givenUp.addEventListener('abort', giveUp);
    this.waiting.push(own);
    if (this.waiting.length === 1) own.resolve();
    try {
      await own.promise;
      return await work();
    } finally {
      givenUp.removeEventListener('abort', giveUp);
      this.waiting.splice(this.waiting.indexOf(own), 1);
      this.waiting[0]?.resolve();
    }
  }
}
