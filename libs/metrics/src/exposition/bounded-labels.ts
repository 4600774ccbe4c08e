/** What our own words consist of: ids of profiles, error codes, patterns of routes. */
const WORD = /^[\w./:*-]{1,100}$/;

/** What stands for a value that is no word of ours, and for those beyond the bound. */
const OTHER = 'other';

/**
 * The bound on the time series of one metric. A label whose values come from outside would make one for each user or
 * address: it would grow without end, and tell who they are.
 */
const MOST_SERIES = 2_000;

/** Holds the labels of one metric within what is known to be harmless and bounded. */
export class BoundedLabels {
  private readonly known = new Set<string>();

  of(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const words = Object.fromEntries(
      Object.entries(labels).map(([name, value]) => [name, WORD.test(value) ? value : OTHER]),
    );
    const key = Object.values(words).join('\n');
    if (this.known.has(key)) return words;
    if (this.known.size >= MOST_SERIES)
      return Object.fromEntries(Object.keys(labels).map((name) => [name, OTHER]));
    this.known.add(key);
    return words;
  }
}
