/** Scenarios that do not pass, and why. One that passes all the same fails the suite: its line has to go. */
interface Exception {
  readonly reason: string;
  readonly scenarios: readonly string[];
}

const BASELINE: readonly Exception[] = [
  {
    reason: 'An extension that the gateway does not offer: tokens without a person, for machines.',
    scenarios: [
      'auth/client-credentials-basic',
      'auth/client-credentials-jwt',
      'auth/wif-jwt-bearer',
    ],
  },
  {
    reason:
      'An extension that the gateway does not offer: tokens from the identity provider of a company.',
    scenarios: ['auth/enterprise-managed-authorization'],
  },
  {
    reason: 'An extension that the gateway does not offer towards servers: tokens bound to a key.',
    scenarios: ['auth/dpop', 'auth/dpop-nonce'],
  },
];

/** Scenario → reason, for those that an era has. */
export function baselineOf(scenarios: ReadonlySet<string>): Map<string, string> {
  const lines = BASELINE.flatMap(({ reason, scenarios: names }) =>
    names.map((name): [string, string] => [name, reason]),
  );
  return new Map(lines.filter(([name]) => scenarios.has(name)));
}

/** All that it names, in whatever era. */
export const BASELINE_NAMES = BASELINE.flatMap(({ scenarios }) => scenarios);
