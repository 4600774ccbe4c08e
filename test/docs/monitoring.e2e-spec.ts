import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import prometheus from 'prom-client';
import { stringify } from 'yaml';
import { expectAlerts, promtool, RULE_FILES, RULES } from '../e2e/promtool.ts';

const read = (path: string) => readFileSync(path, 'utf8');
const alerts = RULES.filter(({ alert }) => alert !== undefined);

/** What the sources declare, with its labels. */
const declared = new Map<string, string[]>();
for (const path of globSync('{apps,libs}/**/*.ts')) {
  for (const [, kind, name, labels] of read(path).matchAll(
    /\b(counter|gauge|histogram)\(\s*\{\s*name: '([^']+)',\s*help: '[^']+',\s*labels: \[([^\]]*)\]/g,
  )) {
    const named = [...labels!.matchAll(/'(\w+)'/g)].map(([, label]) => label!);
    if (kind !== 'histogram') declared.set(name!, named);
    else {
      for (const part of ['sum', 'count']) declared.set(`${name}_${part}`, named);
      declared.set(`${name}_bucket`, [...named, 'le']);
    }
  }
}

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
const dashboard = JSON.parse(read('monitoring/dashboard.json')) as { panels: Panel[] };
const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ title, expr })),
);

describe('the rules of monitoring', () => {
  it('are valid, and so is the example of a configuration', async () => {
    await expect(promtool('check', 'rules', ...RULE_FILES)).resolves.toContain('SUCCESS');
    await expect(promtool('check', 'config', 'monitoring/prometheus.yml')).resolves.toContain(
      'SUCCESS',
    );
  });

  it.each(alerts.map((rule) => [rule.alert!, rule]))(
    '%s says how urgent it is, and what to do stands under its name',
    (name, { labels, annotations }) => {
      expect(labels?.severity).toMatch(/^(page|ticket)$/);
      expect(annotations).toMatchObject({
        summary: expect.stringMatching(/\S/) as string,
        description: expect.stringMatching(/\S/) as string,
        runbook: `docs/monitoring.md#${name.toLowerCase()}`,
      });
      expect(read('docs/monitoring.md')).toMatch(new RegExp(`^### ${name}\\n\\n.{20}`, 'm'));
    },
  );

  it('are all that docs/monitoring.md tells of', () => {
    const told = [...read('docs/monitoring.md').matchAll(/^### (Gateway\w+)$/gm)];
    expect(new Set(told.map(([, name]) => name))).toEqual(
      new Set(alerts.map(({ alert }) => alert)),
    );
  });
});

describe('rules and dashboard', () => {
  const registry = new prometheus.Registry();
  prometheus.collectDefaultMetrics({ register: registry });
  const ofProcess = registry.getMetricsAsArray().map(({ name }) => name);
  const recorded = RULES.flatMap(({ record }) => record ?? []);
  const known = new Set([...declared.keys(), ...ofProcess, ...recorded, 'up']);
  const asked = [
    ...RULES.map(({ expr, alert, record }) => ({ title: alert ?? record!, expr })),
    ...queries,
  ];

  it('are many', () => {
    expect(queries.length).toBeGreaterThan(25);
    expect(declared.size).toBeGreaterThan(20);
  });

  it.each(asked)('$title asks for metrics and labels that exist', ({ expr }) => {
    const names = [...expr.matchAll(/\b(?:gateway|process|nodejs)_\w+|\bgateway:[\w:]+|\bup\b/g)];
    expect(names.length).toBeGreaterThan(0);
    for (const [name] of names) expect(known).toContain(name);
    const ofScraper = ['job', 'instance'];
    const labels = new Set(names.flatMap(([name]) => declared.get(name) ?? []).concat(ofScraper));
    const used = [
      ...[...expr.matchAll(/[{,]\s*(\w+)\s*[=!]/g)].map(([, label]) => label!),
      ...[...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(/,\s*/)),
    ];
    expect(used.filter((label) => !labels.has(label))).toEqual([]);
  });

  it('of the dashboard are valid queries', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dashboard-'));
    const file = join(folder, 'queries.yml');
    const as = queries.map(({ expr }, index) => ({
      record: `panel:${index}`,
      expr: expr.replaceAll('$__rate_interval', '5m'),
    }));
    writeFileSync(file, stringify({ groups: [{ name: 'panels', rules: as }] }));
    await expect(promtool('check', 'rules', file)).resolves.toContain(
      `${queries.length} rules found`,
    );
    rmSync(folder, { recursive: true });
  });
});

describe('alerts of objectives, by the shape of what goes wrong', () => {
  const requests = (status: string, values: string) => ({
    [`gateway_http_requests_total{job="gateway",instance="a",route="/api/profiles",status="${status}"}`]:
      values,
  });

  it('fire within an hour at 2 % errors, and not at 0.05 %', async () => {
    const bad = { ...requests('200', '0+980x90'), ...requests('503', '0+20x90') };
    await expectAlerts(bad, [{ at: '50m', firing: ['GatewayErrors'] }]);
    const good = { ...requests('200', '0+9995x90'), ...requests('503', '0+5x90') };
    await expectAlerts(good, [{ at: '50m', firing: [] }]);
  });

  it('stop to fire soon after their cause has ended', async () => {
    // An hour of errors, then none.
    const over = {
      ...requests('200', '0+980x60 58800+1000x60'),
      ...requests('503', '0+20x60 1200+0x60'),
    };
    await expectAlerts(over, [{ at: '55m', firing: ['GatewayErrors'] }]);
    // Of a service that is so young it has used up much of the budget.
    await expectAlerts(over, [{ at: '100m', firing: ['GatewayErrorsSlowly'] }]);
  });

  it('make a ticket of errors at a low rate over days', async () => {
    // 0.2 % for four days.
    const slow = { ...requests('200', '0+9980x600'), ...requests('503', '0+20x600') };
    await expectAlerts(slow, [{ at: '4d', firing: ['GatewayErrorsSlowly'] }], '10m');
  });

  it('do not fire without requests', async () => {
    await expectAlerts(requests('200', '5x90'), [{ at: '70m', firing: [] }]);
  });
});
