import type { Series } from '../promtool.ts';
import { nameOf, type Scrape } from './scrape.ts';
import { isRead } from './selectors.ts';

const MINUTE_SECONDS = 60;

interface Placed {
  readonly scrape: Scrape;
  /** When it is, in the time of the rules. Minutes. */
  readonly minute: number;
}

/**
 * Real scrapes in the time of the rules, whose windows last up to three days: what has happened between two scrapes
 * lasts as many minutes as the rule needs. What is counted in between comes evenly; a gauge keeps its value.
 */
export class Timeline {
  private readonly placed: Placed[] = [];

  add(scrape: Scrape, minutesSince = 0): void {
    this.placed.push({ scrape, minute: this.minute + minutesSince });
  }

  /** That of the last scrape. */
  get minute(): number {
    return this.placed.at(-1)?.minute ?? 0;
  }

  /**
   * What the rules read of it.
   *
   * @param step minutes from one value to the next one
   */
  series(step: number): Series {
    const all = new Set(this.placed.flatMap(({ scrape }) => [...scrape.samples.keys()]));
    const series = [...all]
      .filter(isRead)
      .map((sample) => [withTarget(sample), this.values(sample, step).join(' ')]);
    return Object.fromEntries(series) as Series;
  }

  private values(sample: string, step: number): string[] {
    const values = nameOf(sample).endsWith('_timestamp_seconds')
      ? this.moments(sample)
      : this.placed.map(({ scrape }) => scrape.samples.get(sample));
    return values.map((value, index) => {
      const [here, next] = [this.placed[index]!, this.placed[index + 1]];
      const count = next ? (next.minute - here.minute) / step : 1;
      if (value === undefined)
        return values[index - 1] === undefined ? `_x${count}` : `stale _x${count - 1}`;
      const isGrowing = next?.scrape.growing.has(nameOf(sample));
      const growth = isGrowing ? (values[index + 1] ?? value) - value : 0;
      // Less than before: it is another process.
      return `${decimal(value)}+${decimal(Math.max(0, growth) / count)}x${count - 1}`;
    });
  }

  /** A moment was as long ago as it really was, at the scrape that first tells of it. From then on it grows older. */
  private moments(sample: string): (number | undefined)[] {
    let last: { real: number; moment: number } | undefined;
    return this.placed.map(({ scrape, minute }) => {
      const real = scrape.samples.get(sample);
      if (real === undefined) return undefined;
      if (last?.real !== real)
        last = { real, moment: minute * MINUTE_SECONDS - (scrape.at / 1_000 - real) };
      return last.moment;
    });
  }
}

/** The labels that Prometheus adds. */
function withTarget(sample: string): string {
  const labels = sample.slice(nameOf(sample).length).replace(/^\{|\}$/g, '');
  const target = 'job="gateway",instance="a"';
  return `${nameOf(sample)}{${labels ? `${target},${labels}` : target}}`;
}

/** promtool reads no exponents. */
function decimal(value: number): string {
  return value.toFixed(9).replace(/\.?0+$/, '');
}
