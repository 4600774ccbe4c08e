/**
 * Asks once for all who ask within a second: what every client may call, as often as they like, must not reach what is
 * behind the gateway as often.
 */
export class RememberedAnswer<T> {
  private latest: Promise<T> | undefined;
  private validUntil = 0;

  constructor(
    private readonly ask: () => Promise<T>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get(): Promise<T> {
    if (this.latest && this.now() < this.validUntil) return this.latest;
    const answer = this.ask();
    this.latest = answer;
    // One at a time: the second begins with the answer.
    this.validUntil = Infinity;
    const expire = () => (this.validUntil = this.now() + REMEMBERED_FOR_MS);
    answer.then(expire, expire);
    return answer;
  }
}

const REMEMBERED_FOR_MS = 1_000;
