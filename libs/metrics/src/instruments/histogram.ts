import { type Declaration, Instrument, type Labels } from './instrument.js';

export class Histogram<Name extends string> extends Instrument<Name> {
  constructor(declaration: Declaration<Name>, buckets: readonly number[]) {
    super('histogram', declaration, buckets);
  }

  /** @param seconds how long it took */
  observe(labels: Labels<Name>, seconds: number): void {
    this.recorder?.add(labels, seconds);
  }
}
