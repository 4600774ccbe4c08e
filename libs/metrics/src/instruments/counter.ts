import { type Declaration, Instrument, type Labels } from './instrument.js';

export class Counter<Name extends string> extends Instrument<Name> {
  constructor(declaration: Declaration<Name>) {
    super('counter', declaration);
  }

  add(labels: Labels<Name>, value = 1): void {
    this.recorder?.add(labels, value);
  }
}
