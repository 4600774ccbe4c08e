import { globSync, readFileSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '..');

/** One file that imports another. Both are relative to the root of the repository. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every import of one source of the repository by another; imports of packages are left out. */
export function readImports(root: string = ROOT): Import[] {
  const files = globSync('{apps,libs}/*/src/**/*.{ts,mjs}', { cwd: root });
  return files
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !/\.spec\.ts$|\/testing\//.test(file))
    .flatMap((from) => targetsOf(root, from).map((to) => ({ from, to })));
}

function targetsOf(root: string, file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(resolve(root, file), 'utf8'));
  return importedFiles.flatMap(({ fileName }) => targetOf(file, fileName) ?? []);
}

function targetOf(file: string, specifier: string): string | undefined {
  const library = /^@app\/([^/]+)$/.exec(specifier)?.[1];
  if (library === 'personal-tools') return 'apps/personal-tools/src/index.ts';
  if (library) return `libs/${library}/src/index.ts`;
  if (!specifier.startsWith('.')) return undefined;
  return posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts');
}
