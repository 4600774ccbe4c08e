import { Counter } from './counter.js';
import { Gauge } from './gauge.js';
import { Histogram } from './histogram.js';
import type { Declaration, Instrument } from './instrument.js';

const declared = new Map<string, Instrument>();

/** Every instrument of the process, by the name of its metric. */
export const INSTRUMENTS: ReadonlyMap<string, Instrument> = declared;

/** How often something has happened. */
export function counter<Name extends string>(declaration: Declaration<Name>): Counter<Name> {
  return declare(new Counter(declaration));
}

/** How long something took. */
export function histogram<Name extends string>(
  declaration: Declaration<Name>,
  buckets: readonly number[],
): Histogram<Name> {
  return declare(new Histogram(declaration, buckets));
}

/** How much there is of something, read when the metrics are. */
export function gauge<Name extends string>(declaration: Declaration<Name>): Gauge<Name> {
  return declare(new Gauge(declaration));
}

function declare<Declared extends Instrument>(instrument: Declared): Declared {
  const { name } = instrument.declaration;
  if (declared.has(name)) throw new Error(`The metric ${name} is declared twice.`);
  declared.set(name, instrument);
  return instrument;
}
