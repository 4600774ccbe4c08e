import { RULES } from '../promtool.ts';

interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

/** What the rules read: the matchers of each place where they name a metric, by its name. */
const SELECTORS = new Map<string, Matcher[][]>();
for (const { expr } of RULES) {
  for (const [, name, text] of expr.matchAll(
    /\b((?:gateway|process|nodejs)_\w+|up)\b(?:\{([^}]*)\})?/g,
  )) {
    const matchers = matchersOf(text ?? '');
    SELECTORS.set(name!, [...(SELECTORS.get(name!) ?? []), matchers]);
  }
}

/** Whether a rule reads this sample, such as `gateway_limits_hit_total{limit="export"}`. */
export function isRead(sample: string): boolean {
  const [, name, text] = /^(\w+)(?:\{(.*)\})?$/.exec(sample)!;
  const labels = new Map(matchersOf(text ?? '').map(({ label, value }) => [label, value]));
  labels.set('job', 'gateway');
  const selectors = SELECTORS.get(name!) ?? [];
  return selectors.some((matchers) => matchers.every((matcher) => matches(matcher, labels)));
}

function matchersOf(text: string): Matcher[] {
  return [...text.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(
    ([, label, operator, value]) => ({ label: label!, operator: operator!, value: value! }),
  );
}

function matches({ label, operator, value }: Matcher, labels: ReadonlyMap<string, string>) {
  const actual = labels.get(label) ?? '';
  const isEqual = operator.includes('~')
    ? new RegExp(`^(?:${value})$`).test(actual)
    : actual === value;
  return isEqual !== operator.startsWith('!');
}
