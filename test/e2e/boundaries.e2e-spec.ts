import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

/** Whom each room may import. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'libs/config': [],
  'libs/persistence': ['config'],
  'libs/logging': ['config'],
  'libs/security': ['config'],
  'libs/mcp': ['config'],
  'libs/mail': ['config'],
  'libs/auth': ['config', 'persistence', 'logging', 'security', 'mail'],
  'libs/chat': ['config', 'persistence', 'logging', 'security', 'mcp', 'auth'],
  'libs/privacy': ['config', 'persistence', 'logging', 'security', 'auth'],
  'apps/personal-tools': ['config', 'persistence'],
};

const ROOMS = Object.keys(MAY_IMPORT);
const NAMES = ROOMS.map((room) => basename(room));

/** Imports that no room may write, whoever may import whom. */
const INSIDES = [
  ['a deep import', 'libs/chat', "import { x } from '@app/auth/src/x.js';"],
  ['a deep import without src', 'libs/chat', "import { x } from '@app/auth/accounts/x.js';"],
  [
    'a relative import of another library',
    'libs/chat',
    "import { x } from '../../auth/src/index.js';",
  ],
  ['one by way of libs', 'libs/auth', "import { x } from '../../../libs/logging/src/index.js';"],
  ['one of an app', 'libs/chat', "import { x } from '../../../apps/gateway/src/main.js';"],
  [
    'one of a library by an app',
    'apps/gateway',
    "import { x } from '../../../libs/auth/src/index.js';",
  ],
  ['a deep import by an app', 'apps/gateway', "import { x } from '@app/chat/src/x.js';"],
  ['a re-export of the insides', 'libs/chat', "export { x } from '@app/auth/src/x.js';"],
  [
    'the entity of another library, as a value',
    'libs/chat',
    "import { Account } from '@app/auth/src/accounts/account.entity.js';",
  ],
  [
    'the entity of another library, by its path',
    'libs/chat',
    "import { Account } from '../../auth/src/accounts/account.entity.js';",
  ],
] as const;

const ALLOWED = [
  ['libs/chat', "import { x } from './x.js';"],
  ['libs/chat', "import { x } from '../src/x.js';"],
  ['libs/auth', "import { x } from '@nestjs/common';"],
  ['libs/security', "import { x } from 'node:fs';"],
] as const;

describe('who may import whom', () => {
  const tree = mkdtempSync(join(tmpdir(), 'boundaries-'));
  const isRefused = new Map<string, boolean>();

  beforeAll(() => {
    copyFileSync(join(ROOT, '.oxlintrc.json'), join(tree, '.oxlintrc.json'));
    for (const room of ROOMS) {
      for (const name of NAMES) write(pairFile(room, name), `import { x } from '@app/${name}';`);
      for (const name of NAMES)
        write(typeFile(room, name), `import type { x } from '@app/${name}';`);
    }
    for (const name of NAMES)
      write(pairFile('apps/gateway', name), `import { x } from '@app/${name}';`);
    INSIDES.forEach(([, room, line], index) => write(`${room}/src/inside-${index}.ts`, line));
    ALLOWED.forEach(([room, line], index) => write(`${room}/src/allowed-${index}.ts`, line));
    lint();
  });

  afterAll(() => rmSync(tree, { recursive: true }));

  function write(file: string, line: string): void {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    writeFileSync(join(tree, file), `${line}\nexport const y = 1;\n`);
    isRefused.set(file, false);
  }

  /** One run over all files, by the rules of the repository. */
  function lint(): void {
    const oxlint = join(ROOT, 'node_modules/.bin/oxlint');
    const { stdout, stderr } = spawnSync(oxlint, ['-f', 'json', 'apps', 'libs'], {
      cwd: tree,
      encoding: 'utf8',
      maxBuffer: 1e8,
    });
    const report = parsed(stdout, stderr);
    for (const { code, filename } of report.diagnostics) {
      if (code.includes('no-restricted-imports'))
        isRefused.set(relative(tree, join(tree, filename)), true);
    }
  }

  const verdict = (file: string) => (isRefused.get(file) ? 'refused' : 'allowed');

  it('has a line for each library', () => {
    const { projects } = JSON.parse(readFileSync(join(ROOT, 'nest-cli.json'), 'utf8')) as {
      projects: Record<string, { root: string }>;
    };
    const roots = Object.values(projects).map(({ root }) => root);
    expect(roots.filter((root) => root !== 'apps/gateway').sort()).toEqual([...ROOMS].sort());
  });

  describe.each(ROOMS)('%s', (room) => {
    it.each(NAMES)('and @app/%s', (name) => {
      const expected = MAY_IMPORT[room]!.includes(name) ? 'allowed' : 'refused';
      expect(verdict(pairFile(room, name))).toBe(expected);
      expect(verdict(typeFile(room, name)), 'the type alone').toBe(expected);
    });
  });

  it.each(NAMES)('lets the gateway import @app/%s', (name) => {
    expect(verdict(pairFile('apps/gateway', name))).toBe('allowed');
  });

  it.each(INSIDES.map(([what, room], index) => ({ what, room, index })))(
    'refuses $what in $room',
    ({ room, index }) => expect(verdict(`${room}/src/inside-${index}.ts`)).toBe('refused'),
  );

  it.each(ALLOWED.map(([room, line], index) => ({ room, line, index })))(
    'lets $room write $line',
    ({ room, index }) => expect(verdict(`${room}/src/allowed-${index}.ts`)).toBe('allowed'),
  );
});

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
    expect(indexes.length).toBe(ROOMS.length);
    const offenders = indexes.filter((file) =>
      /export\s+(type\s+)?\*|\.entity\.js/.test(text(file)),
    );
    expect(offenders).toEqual([]);
  });

  it('have no folder that could hold anything', () => {
    const vague = /\/(common|utils?|helpers?|shared|misc)\//;
    expect(files.filter((file) => vague.test(`/${file}`))).toEqual([]);
  });

  it('read the environment in *.config.ts only, but for where a process begins', () => {
    const readers = sources.filter((file) => /(?<![.\w])process\.env\b/.test(text(file)));
    const allowed = /\.config\.ts$|^apps\/[^/]+\/src\/main\.ts$|\/testing\//;
    expect(readers.filter((file) => !allowed.test(file))).toEqual([]);
  });

  it('are no longer than 250 lines each', () => {
    const long = sources.filter((file) => text(file).trimEnd().split('\n').length > 250);
    expect(long).toEqual([]);
  });
});

function pairFile(room: string, name: string): string {
  return `${room}/src/imports-${name}.ts`;
}

function typeFile(room: string, name: string): string {
  return `${room}/src/imports-type-of-${name}.ts`;
}

interface Report {
  readonly diagnostics: readonly { readonly code: string; readonly filename: string }[];
}

/** Oxlint says in plain text what is wrong with a configuration; a test must not take that for "nothing found". */
function parsed(stdout: string, stderr: string): Report {
  try {
    return JSON.parse(stdout) as Report;
  } catch (error) {
    throw new Error(`oxlint did not run: ${stdout}${stderr}`, { cause: error });
  }
}
