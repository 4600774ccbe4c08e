/** One line of the page: what was measured, what came out, and the bar that it must meet. */
export interface Row {
  /** The same words for each database: they stand in one line. */
  readonly what: string;
  readonly measured: string;
  /** Empty for a number that is shown only. */
  readonly bar: string;
  readonly met: boolean;
}

/** How a number is written, such as `milliseconds`. */
export type Unit = (value: number) => string;

export const milliseconds: Unit = (value) => `${round(value)} ms`;
export const microseconds: Unit = (value) => `${round(value)} µs`;
export const kibibytes: Unit = (value) => `${round(value)} KiB`;
export const megabytes: Unit = (value) => `${round(value)} MB`;
export const ratio: Unit = (value) => value.toFixed(2);
export const percent: Unit = (value) => `${value > 0 ? '+' : ''}${(value * 100).toFixed(1)} %`;
export const count: Unit = (value) => Math.round(value).toLocaleString('en');

/** `measured` says more than the number where more is to be said, such as the spread. */
export function atMost(what: string, value: number, most: number, unit: Unit, measured?: string) {
  const row: Row = {
    what,
    measured: measured ?? unit(value),
    bar: `≤ ${unit(most)}`,
    met: value <= most,
  };
  return row;
}

export function atLeast(what: string, value: number, least: number, unit: Unit, measured?: string) {
  const row: Row = {
    what,
    measured: measured ?? unit(value),
    bar: `≥ ${unit(least)}`,
    met: value >= least,
  };
  return row;
}

/** A number without a bar. */
export function shown(what: string, measured: string): Row {
  return { what, measured, bar: '', met: true };
}

function round(value: number): string {
  return value >= 100 ? count(value) : value.toFixed(1);
}
