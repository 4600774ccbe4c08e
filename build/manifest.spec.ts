import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inputsDigest, isBuiltFrom, writeManifest } from './manifest.ts';

describe('the manifest of a build', () => {
  let root: string;
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  const dist = () => join(root, 'dist');
  const isUpToDate = () => isBuiltFrom(inputsDigest(root), dist());

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'manifest-'));
    write('apps/gateway/src/main.ts', 'start();');
    write('libs/chat/src/profile.schema.json', '{}');
    write('package-lock.json', '{}');
    write('dist/chunks/main.js', 'start();');
    writeManifest(inputsDigest(root), dist(), ['chunks/main.js']);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('holds for what has not changed, and for a file that was only touched', () => {
    utimesSync(join(root, 'apps/gateway/src/main.ts'), 1, 2_000_000_000);
    write('apps/gateway/src/main.spec.ts', 'it();');
    expect(isUpToDate()).toBe(true);
  });

  it.each<[string, () => void]>([
    ['a source has other contents', () => write('apps/gateway/src/main.ts', 'stop();')],
    ['a source is new', () => write('apps/gateway/src/more.ts', '')],
    ['a source is deleted', () => rmSync(join(root, 'libs/chat/src/profile.schema.json'))],
    [
      'a source is renamed',
      () =>
        renameSync(join(root, 'apps/gateway/src/main.ts'), join(root, 'apps/gateway/src/serve.ts')),
    ],
    ['the lock names other packages', () => write('package-lock.json', '{"a":1}')],
    ['other packages are installed', () => write('node_modules/.package-lock.json', '{}')],
    ['the configuration of the compiler changes', () => write('tsconfig.json', '{}')],
    ['an output was deleted', () => rmSync(join(dist(), 'chunks/main.js'))],
    ['an output was overwritten', () => write('dist/chunks/main.js', 'stop();')],
    ['the manifest is no JSON', () => write('dist/build.json', '{')],
  ])('does not hold when %s', (_, change) => {
    change();
    expect(isUpToDate()).toBe(false);
  });
});
