import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROOMS } from './boundaries.ts';

const ROOT = resolve(import.meta.dirname, '..');

describe('the sources', () => {
  const files = globSync('{apps,libs}/**/*.{ts,mjs}', { cwd: ROOT });
  const sources = files.filter((file) => !/\.spec\.ts$|\/test\//.test(file));
  const text = (file: string) => readFileSync(join(ROOT, file), 'utf8');

  it('are found', () => {
    expect(sources).toContain('libs/auth/src/index.ts');
    expect(sources.length).toBeGreaterThan(50);
  });

  it('name each export of a library, and export no entity', () => {
    const indexes = sources.filter((file) => /^(libs|apps)\/[^/]+\/src\/index\.ts$/.test(file));
    expect(indexes.length).toBe(Object.keys(ROOMS).length - 1);
    const offenders = indexes.filter((file) =>
      /export\s+(type\s+)?\*|\.entity\.js/.test(text(file)),
    );
    expect(offenders).toEqual([]);
  });

  it('have no folder that could hold anything', () => {
    const vague = /\/(common|utils?|helpers?|shared|misc)\//;
    expect(files.filter((file) => vague.test(`/${file}`))).toEqual([]);
  });

  it('give a class the name of its file, and its role', () => {
    const role =
      /\/([\w-]+)\.(controller|engine|entity|error|factory|filter|guard|indicator|interceptor|job|link|mailer|module|pipe|service|source|storage|strategy)\.ts$/;
    const named = sources.flatMap((file) => {
      const [, subject, suffix] = role.exec(file) ?? [];
      if (!subject || !suffix) return [];
      const classes = [...text(file).matchAll(/^export (?:abstract )?class (\w+)/gm)];
      const name = pascalCase(suffix === 'entity' ? subject : `${subject}-${suffix}`);
      return [{ file, suffix, name, classes: classes.map((it) => it[1]!) }];
    });
    expect(named.length).toBeGreaterThan(100);
    const offenders = named.filter(({ suffix, name, classes }) =>
      classes.length > 1
        ? !classes.every((it) => it.endsWith(pascalCase(suffix)))
        : classes.some((it) => it !== name),
    );
    expect(offenders).toEqual([]);
  });

  it('read the environment in *.config.ts only, but for where a process begins', () => {
    const readers = sources.filter((file) =>
      /(?<![.\w])process\.env\b(?!(?:\.\w+)? = )/.test(text(file)),
    );
    const allowed = /\.config\.ts$|^apps\/[^/]+\/src\/main\.ts$|\/testing\//;
    expect(readers.filter((file) => !allowed.test(file))).toEqual([]);
  });

  it('are no longer than 250 lines each', () => {
    const long = sources.filter((file) => text(file).trimEnd().split('\n').length > 250);
    expect(long).toEqual([]);
  });
});

function pascalCase(text: string): string {
  return text.replace(/(?:^|[-.])(\w)/g, (_, letter: string) => letter.toUpperCase());
}
