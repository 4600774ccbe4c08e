import { globSync, readFileSync } from 'node:fs';

const page = readFileSync('docs/metrics.md', 'utf8');

/** The declarations in the sources: name, kind, labels and help. */
const declared = globSync('{apps,libs}/**/*.ts')
  .filter((path) => !path.endsWith('.spec.ts'))
  .flatMap((path) => [
    ...readFileSync(path, 'utf8').matchAll(
      /\b(counter|gauge|histogram)\(\s*\{\s*name: '([^']+)',\s*help: '([^']+)',\s*labels: \[([^\]]*)\]/g,
    ),
  ])
  .map(([, kind, name, help, labels]) => {
    const listed = [...labels!.matchAll(/'(\w+)'/g)].map(([, label]) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${kind} | ${listed || '–'} | ${help} |`;
  })
  .sort();

/** Without the spaces that align a table. */
const rows = [...page.matchAll(/^\| `gateway_.*$/gm)].map(([row]) => row.replace(/ +/g, ' '));

describe('docs/metrics.md', () => {
  it('lists every metric as it is declared, and no other', () => {
    expect(declared.length).toBeGreaterThan(10);
    expect(rows).toEqual(declared);
  });

  it('asks for no metric that is not there', () => {
    const names = new Set(declared.map((row) => /`(\w+)`/.exec(row)![1]!));
    const asked = [...page.matchAll(/\bgateway_[a-z_]+/g)].map(([name]) =>
      name.replace(/_(bucket|sum|count)$/, ''),
    );
    expect(asked.filter((name) => !names.has(name))).toEqual([]);
  });
});
