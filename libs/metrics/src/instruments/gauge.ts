import { type Declaration, Instrument, type Labels } from './instrument.js';

/** One value of a gauge, under its labels. */
export interface Reading<Name extends string> {
  readonly labels: Labels<Name>;
  readonly value: number;
}

/** Reads values at the moment; quickly, and without waiting for anything. */
export type Read<Name extends string> = () => readonly Reading<Name>[];

export class Gauge<Name extends string> extends Instrument<Name> {
  private readonly sources = new Set<Read<Name>>();

  constructor(declaration: Declaration<Name>) {
    super('gauge', declaration);
  }

  /** Has the gauge read this as well. The owner of what is read ends it: a reading keeps its owner in memory. */
  readFrom(read: Read<Name>): () => void {
    this.sources.add(read);
    return () => this.sources.delete(read);
  }

  /** What all sources say now. Those with the same labels are added up by the recorder. */
  read(): void {
    for (const read of this.sources)
      for (const { labels, value } of read()) this.recorder?.add(labels, value);
  }
}
