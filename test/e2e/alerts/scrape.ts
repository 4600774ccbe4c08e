/** What one scrape of a gateway has found, as Prometheus keeps it. */
export interface Scrape {
  /** Real time. Milliseconds since 1970. */
  readonly at: number;
  /** By name and labels, as they stand in the text. `up` is 0, and all others are missing, where none answered. */
  readonly samples: ReadonlyMap<string, number>;
  /** The names of metrics that only grow as long as their process lives. */
  readonly growing: ReadonlySet<string>;
}

/** As long as Prometheus waits by default. Milliseconds. */
const PATIENCE_MS = 10_000;

export async function scrape(url: string): Promise<Scrape> {
  const at = Date.now();
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return { at, ...parse(await answer.text()) };
  } catch {
    return { at, samples: new Map([['up', 0]]), growing: new Set() };
  }
}

function parse(text: string): Pick<Scrape, 'samples' | 'growing'> {
  const samples = new Map([['up', 1]]);
  const growing = new Set<string>();
  for (const line of text.split('\n')) {
    const [, name, kind] = /^# TYPE (\w+) (\w+)$/.exec(line) ?? [];
    if (kind === 'counter') growing.add(name!);
    if (kind === 'histogram')
      for (const part of ['bucket', 'sum', 'count']) growing.add(`${name}_${part}`);
    const end = line.lastIndexOf(' ');
    if (line !== '' && !line.startsWith('#'))
      samples.set(line.slice(0, end), Number(line.slice(end + 1)));
  }
  return { samples, growing };
}

export function nameOf(sample: string): string {
  return /^\w+/.exec(sample)![0];
}
