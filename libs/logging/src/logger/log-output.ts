import { counter } from '@app/metrics';
import type { SonicBoom } from 'sonic-boom';
import { writeAllSync } from './write-all-sync.js';

/** What waits to be written at most, while a disk is full or a reader does not read. What comes then is lost. Characters. */
const MAX_WAITING_LENGTH = 1_048_576;

const linesLost = counter({
  name: 'gateway_log_lines_lost_total',
  help: 'Log lines that were lost because an output could not be written: a full disk, or a reader that does not read.',
  labels: ['output'],
});

/** What tells of an output that takes no lines, on all outputs that do. */
export type TellOfOutput = (fields: {
  readonly event: 'log.output_failed' | 'log.output_recovered';
  readonly output: string;
  readonly code?: string;
  readonly count?: number;
}) => void;

/**
 * Standard output or a file. One that takes no lines costs neither the service nor memory: what waits is bounded, and
 * what is lost beyond that is counted. The stream has one block at a time, as its own queue cannot be written at an exit:
 * it would try a full disk for ever.
 */
export class LogOutput {
  private readonly waiting: string[] = [];
  private waitingLength = 0;
  private isWriting = false;
  private isFailing = false;
  private lost = 0;
  private tell: TellOfOutput = () => {};

  constructor(
    private readonly name: 'stdout' | 'file',
    private readonly stream: SonicBoom,
  ) {
    stream.on('error', (error: NodeJS.ErrnoException) => this.fail(error));
    stream.on('drain', () => this.goOn());
  }

  reportTo(tell: TellOfOutput): void {
    this.tell = tell;
  }

  /** @param block whole lines */
  write(block: string): void {
    if (this.waitingLength + block.length > MAX_WAITING_LENGTH) return this.lose(block);
    this.waiting.push(block);
    this.waitingLength += block.length;
    if (!this.isWriting) this.writeNext();
  }

  /** The stream holds a block that it could not write, and tries again with the next write. */
  retry(): void {
    if (this.isFailing) this.stream.write('');
  }

  /** Writes what waits, where it can be written: for the end of the process. */
  flushSync(): void {
    if (this.isFailing) return;
    // Its types do not tell of the descriptor.
    const { fd } = this.stream as SonicBoom & { readonly fd: number };
    writeAllSync(fd, this.waiting.splice(0).join(''));
    this.waitingLength = 0;
  }

  private writeNext(): void {
    const block = this.waiting.shift();
    this.isWriting = block !== undefined;
    if (block === undefined) return;
    this.waitingLength -= block.length;
    this.stream.write(block);
  }

  private lose(block: string): void {
    const lines = block.split('\n').length - 1;
    this.lost += lines;
    linesLost.add({ output: this.name }, lines);
  }

  private fail({ code, syscall }: NodeJS.ErrnoException): void {
    // The next file could not be opened, and the former one goes on. Left there, its listener and the one of the next
    // attempt would both close the former descriptor, which may be of another file by then.
    if (syscall === 'open') this.stream.removeAllListeners('ready');
    if (this.isFailing) return;
    this.isFailing = true;
    this.tell({ event: 'log.output_failed', output: this.name, ...(code ? { code } : {}) });
  }

  /** A block is written. */
  private goOn(): void {
    this.writeNext();
    if (this.isWriting || (!this.isFailing && this.lost === 0)) return;
    const count = this.lost;
    this.isFailing = false;
    this.lost = 0;
    this.tell({ event: 'log.output_recovered', output: this.name, count });
  }
}
