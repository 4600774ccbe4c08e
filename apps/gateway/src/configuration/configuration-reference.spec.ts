import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { configurationReference, configuredNames } from './configuration-reference.js';
import { COMPOSE_VARIABLES } from './other-variables.js';
import { renderDocument, renderExample } from './render-configuration.js';

const ROOT = join(import.meta.dirname, '../../../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe('the reference of the configuration', () => {
  const inherited = process.env;
  beforeEach(() => void (process.env = { NODE_ENV: 'production' }));
  afterEach(() => void (process.env = inherited));

  it('describes every variable of every configuration once', () => {
    const names = configurationReference().flatMap(({ variables }) =>
      variables.map(({ name }) => name),
    );
    expect(configuredNames().length).toBeGreaterThan(55);
    expect(names).toEqual([...new Set(names)]);
    expect(names).toEqual(expect.arrayContaining(configuredNames()));
  });

  it('is the table in docs/configuration.md', async () => {
    const path = join(ROOT, 'docs/configuration.md');
    const document = renderDocument(read('docs/configuration.md'), configurationReference());
    const options = { ...(await resolveConfig(path)), parser: 'markdown' };
    expect(await format(document, options)).toBe(read('docs/configuration.md'));
  });

  it('is .env.example', () => {
    expect(renderExample(configurationReference())).toBe(read('.env.example'));
  });

  it('has the variables and defaults of docker-compose.yml', () => {
    const inCompose = new Map(
      [...read('docker-compose.yml').matchAll(/\$\{([A-Z_]+)(?::-([^}]*))?/g)].map(
        ([, name, byDefault]) => [name!, byDefault],
      ),
    );
    for (const { name, byDefault } of COMPOSE_VARIABLES) {
      expect([...inCompose.keys()]).toContain(name);
      const given = byDefault ?? inCompose.get(name);
      expect([name, inCompose.get(name)]).toEqual([name, given]);
    }
    const known = configurationReference().flatMap(({ variables }) =>
      variables.map(({ name }) => name),
    );
    expect(known).toEqual(expect.arrayContaining([...inCompose.keys()]));
  });
});
