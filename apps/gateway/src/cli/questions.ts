import { createInterface, type Interface } from 'node:readline';
import { UsageError } from './program/usage.error.js';

/** Asks at the terminal, or takes lines of standard input as the answers; questions go to standard error. */
export class Questions implements Disposable {
  private reader: Interface | undefined;
  private lines: AsyncIterator<string> | undefined;

  /** @param takesProposals nothing is asked */
  constructor(private readonly takesProposals: boolean) {}

  /** An empty line takes the proposal. @throws UsageError where no line comes */
  async ask(question: string, proposal: string): Promise<string> {
    if (this.takesProposals) return proposal;
    process.stderr.write(`${question}${proposal === '' ? '' : ` [${proposal}]`}: `);
    const { value, done } = await this.nextLine();
    if (done) throw new UsageError(`\nNo answer. Answer it, or take what is proposed with --yes.`);
    return value.trim() || proposal;
  }

  /** Asks until the answer is one of those that are possible. */
  async choose<Choice extends string>(
    question: string,
    choices: readonly Choice[],
    proposal: Choice,
  ): Promise<Choice> {
    for (;;) {
      const answer = await this.ask(`${question} (${choices.join(', ')})`, proposal);
      const choice = choices.find((one) => one === answer);
      if (choice !== undefined) return choice;
    }
  }

  [Symbol.dispose](): void {
    this.reader?.close();
  }

  private nextLine(): Promise<IteratorResult<string>> {
    this.reader ??= createInterface({ input: process.stdin });
    this.lines ??= this.reader[Symbol.asyncIterator]();
    return this.lines.next();
  }
}
