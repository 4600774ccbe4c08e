/** The values of the labels of one measurement: our own words. What a client sends is none. */
export type Labels<Name extends string> = Readonly<Record<Name, string>>;

/** What every instrument declares. */
export interface Declaration<Name extends string> {
  /** As Prometheus names metrics: `gateway_…`, with its unit at the end, and `_total` for a counter. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Name[];
}

/** Takes measurements, such as a registry of Prometheus. */
export interface Recorder {
  add(labels: Readonly<Record<string, string>>, value: number): void;
}

export type Kind = 'counter' | 'histogram' | 'gauge';

/**
 * What is measured somewhere. Instruments are declared beside the code that they measure, once in a process, and cost a
 * look at a field as long as no metrics are collected.
 */
export class Instrument<Name extends string = string> {
  protected recorder: Recorder | undefined;

  constructor(
    readonly kind: Kind,
    readonly declaration: Declaration<Name>,
    /** The upper bounds of a histogram. Seconds. */
    readonly buckets: readonly number[] = [],
  ) {}

  /** From now on what is measured goes there. */
  recordTo(recorder: Recorder): void {
    this.recorder = recorder;
  }
}
