/** Cuts a byte stream into lines, holding at most `maxBytes` of an unfinished one. */
export class LineSplitter {
  private chunks: Buffer[] = [];
  private size = 0;

  constructor(private readonly maxBytes: number) {}

  /** Calls `onLine` for each line that `chunk` completes. Returns false once a line is longer than the limit. */
  push(chunk: Buffer, onLine: (line: string) => void): boolean {
    let start = 0;
    for (let end; (end = chunk.indexOf(0x0a, start)) !== -1; start = end + 1) {
      if (!this.keep(chunk.subarray(start, end))) return false;
      const line = Buffer.concat(this.chunks).toString('utf8');
      this.clear();
      onLine(line);
    }
    return this.keep(chunk.subarray(start));
  }

  clear(): void {
    this.chunks = [];
    this.size = 0;
  }

  private keep(part: Buffer): boolean {
    this.size += part.length;
    if (this.size > this.maxBytes) {
      this.clear();
      return false;
    }
    if (part.length > 0) this.chunks.push(part);
    return true;
  }
}
