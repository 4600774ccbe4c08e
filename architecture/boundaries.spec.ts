import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { guideWithRooms } from './guide.ts';
import { importName, type Room, ROOMS, violationOf } from './boundaries.ts';

const ROOT = resolve(import.meta.dirname, '..');

const TABLE: Readonly<Record<string, Room>> = {
  'apps/shop': { holds: 'the composition', mayImport: 'all' },
  'apps/till': { holds: 'an app that the shop imports', mayImport: [] },
  'libs/orders': {
    holds: 'orders',
    mayImport: ['libs/stock'],
    wings: { baskets: [], payments: ['baskets'] },
  },
  'libs/stock': { holds: 'stock', mayImport: [] },
};

const verdict = (file: string, specifier: string) =>
  violationOf(file, specifier, TABLE) === undefined ? 'allowed' : 'refused';

describe('the boundaries', () => {
  it.each([
    ['libs/orders', '@app/stock', 'allowed'],
    ['libs/stock', '@app/orders', 'refused'],
    ['libs/orders', '@app/orders', 'refused'],
    ['libs/orders', '@app/nowhere', 'refused'],
    ['libs/orders', '@app/till', 'refused'],
    ['apps/till', '@app/stock', 'refused'],
    ['apps/shop', '@app/till', 'allowed'],
    ['apps/shop', '@app/stock', 'allowed'],
    ['apps/shop', '@app/shop', 'refused'],
    ['apps/shop', '@app/nowhere', 'refused'],
    ['libs/without-a-line', '@app/stock', 'refused'],
    ['libs/stock', '@nestjs/common', 'allowed'],
    ['libs/stock', 'node:fs', 'allowed'],
  ])('by name: %s and %s: %s', (room, specifier, expected) => {
    expect(verdict(`${room}/src/a/b.ts`, specifier)).toBe(expected);
  });

  it.each([
    '@app/stock/',
    '@app/stock/src/x.js',
    '@app/stock/rows/x.js',
    '../../../stock/src/index.js',
    '../../../stock/src/rows/row.entity.js',
    './../../../stock/src/x.js',
    '.././../../stock/src/x.js',
    './.././../../stock/src/x.js',
    '..//../../stock/src/x.js',
    '../../../stock/./src/x.js',
    '../../../stock//src/x.js',
    '../../src/../../stock/src/x.js',
    './runs/../../../../stock/src/x.js',
    '../../../orders/../stock/src/x.js',
    '../../../../libs/stock/src/x.js',
    '../../../../apps/shop/src/main.js',
    '../../../../apps/../libs/stock/src/x.js',
    '../../../../dist/libs/stock/src/x.js',
    '../../../../node_modules/x/index.js',
    '../../../stock/src',
    '../../..',
    '../..',
    './../..',
  ])('refuse %s in every room, also in one that has no line yet', (specifier) => {
    const rooms = ['libs/orders', 'libs/without-a-line', 'apps/shop'];
    const allowed = rooms.filter((room) => verdict(`${room}/src/a/b.ts`, specifier) === 'allowed');
    expect(allowed).toEqual([]);
  });

  it.each([
    ['./c.js', 'allowed'],
    ['./c/d.e.js', 'allowed'],
    ['../f.js', 'allowed'],
    ['../a/c.js', 'refused'],
    ['./../f.js', 'refused'],
    ['././c.js', 'refused'],
    ['.//c.js', 'refused'],
    ['../../src/f.js', 'refused'],
    ['../../../stock/src/a/c.js', 'refused'],
  ])('within a room take only the shortest path: %s is %s', (specifier, expected) => {
    expect(verdict('libs/stock/src/a/b.ts', specifier)).toBe(expected);
  });

  it.each([
    ['payments/a/b.ts', '../../baskets/c.js', 'allowed'],
    ['baskets/a/b.ts', '../../payments/c.js', 'refused'],
    ['baskets/b.ts', '../payments/c.js', 'refused'],
    ['baskets/a/b.ts', '../c.js', 'allowed'],
    ['no-wing/b.ts', '../baskets/c.js', 'refused'],
    ['baskets/b.ts', '../orders.error.js', 'allowed'],
    ['index.ts', './payments/c.js', 'allowed'],
  ])('hold the order of the wings: %s and %s: %s', (file, specifier, expected) => {
    expect(verdict(`libs/orders/src/${file}`, specifier)).toBe(expected);
  });

  it('say nothing of what is in no room', () => {
    expect(violationOf('test/e2e/a.e2e-spec.ts', '../../libs/stock/src/x.js')).toBeUndefined();
  });
});

describe('the table of rooms', () => {
  const json = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));

  it('has a line for each project of Nest', () => {
    const { projects } = json('nest-cli.json') as { projects: Record<string, { root: string }> };
    const roots = Object.values(projects).map(({ root }) => root);
    expect(roots.toSorted()).toEqual(Object.keys(ROOMS).toSorted());
  });

  it('has a line for each name that TypeScript resolves, and no name opens the insides', () => {
    const { compilerOptions } = json('tsconfig.json') as {
      compilerOptions: { paths: Record<string, string[]> };
    };
    const named = Object.keys(ROOMS).filter((room) => room !== 'apps/gateway');
    expect(compilerOptions.paths).toEqual(
      Object.fromEntries(named.map((room) => [importName(room), [`./${room}/src/index.ts`]])),
    );
  });

  it('has no two rooms that may reach each other', () => {
    const reaches = (from: string, to: string): boolean => {
      const { mayImport } = (ROOMS as Readonly<Record<string, Room>>)[from]!;
      return mayImport !== 'all' && mayImport.some((it) => it === to || reaches(it, to));
    };
    expect(Object.keys(ROOMS).filter((room) => reaches(room, room))).toEqual([]);
  });
});

describe('the lint rule', () => {
  const tree = mkdtempSync(join(tmpdir(), 'boundaries-'));
  afterAll(() => rmSync(tree, { recursive: true }));

  const FORMS = {
    'import.ts': "import { x } from '@app/chat';\nexport const y = x;",
    'type.ts': "import type { x } from '@app/chat';\nexport type Y = x;",
    'export.ts': "export { x } from '@app/chat';",
    'export-all.ts': "export * from '@app/chat';",
    'dynamic.ts': "export const y = import('@app/chat');",
    'import-type.ts': "export type Y = import('@app/chat').X;",
    'detour.ts': "export { x } from './../../auth/src/x.js';",
    'allowed.ts': "export { x } from '@app/config';\nexport { y } from './own.js';",
  };

  it('refuses what the table does not allow, in every form of import', () => {
    for (const name of ['.oxlintrc.json', 'architecture']) {
      cpSync(join(ROOT, name), join(tree, name), { recursive: true });
    }
    for (const [name, text] of Object.entries(FORMS)) write(`libs/mail/src/${name}`, text);
    write('libs/brand-new/src/detour.ts', FORMS['detour.ts']);
    const refused = [...lint()].toSorted();
    expect(refused).toEqual(
      [
        'libs/brand-new/src/detour.ts',
        ...Object.keys(FORMS)
          .filter((name) => name !== 'allowed.ts')
          .map((name) => `libs/mail/src/${name}`),
      ].toSorted(),
    );
  });

  function write(file: string, text: string): void {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    writeFileSync(join(tree, file), `${text}\n`);
  }

  function lint(): Set<string> {
    const oxlint = join(ROOT, 'node_modules/.bin/oxlint');
    const { stdout, stderr } = spawnSync(oxlint, ['-f', 'json', 'libs'], {
      cwd: tree,
      encoding: 'utf8',
    });
    try {
      const { diagnostics } = JSON.parse(stdout) as {
        diagnostics: { code: string; filename: string }[];
      };
      const findings = diagnostics.filter(({ code }) => code.includes('boundaries'));
      return new Set(findings.map(({ filename }) => filename));
    } catch (error) {
      throw new Error(`oxlint did not run: ${stdout}${stderr}`, { cause: error });
    }
  }
});

describe('the guide', () => {
  it('shows the table as it is', async () => {
    const guide = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
    expect(guide, 'npm run architecture -- --write').toBe(await guideWithRooms());
  });
});
