import { readFileSync } from 'node:fs';

interface LockedPackage {
  readonly hasInstallScript?: boolean;
  readonly gypfile?: boolean;
}

const read = <T>(path: string) => JSON.parse(readFileSync(path, 'utf8')) as T;

describe('npm ci on a machine with nothing but npm', () => {
  const { packages } = read<{ packages: Record<string, LockedPackage> }>('package-lock.json');

  // npm install drops the field, and npm then builds the package, which needs Python and make: write it again.
  it('builds no native package: better-sqlite3 has "gypfile": false in package-lock.json', () => {
    expect(packages['node_modules/better-sqlite3']).toMatchObject({ gypfile: false });
  });

  it('runs install scripts of packages that package.json has decided on, and of no other', () => {
    const { allowScripts } = read<{ allowScripts: Record<string, boolean> }>('package.json');
    const withScripts = Object.keys(packages)
      .filter((path) => packages[path]!.hasInstallScript && path !== '')
      .map((path) => path.replace(/^.*node_modules\//, ''));
    expect(Object.keys(allowScripts)).toEqual(expect.arrayContaining(withScripts));
  });
});
