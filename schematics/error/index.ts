import { strings } from '@angular-devkit/core';
import { chain, type Rule, SchematicsException, type Tree } from '@angular-devkit/schematics';
import { addAfter, addBefore, formatted, type Options } from '../edit.ts';

/** `error chat/title-taken`: the code `title_taken` of `ChatError`, with a status and a line in the reference. */
export function error({ name }: Options): Rule {
  const path = name.split('/');
  const code = strings.underscore(path.pop()!);
  return (tree) =>
    chain([addToLibrary(fileOfErrors(tree, path), code), ...errorCode(code, 409), formatted()]);
}

/** Where each code is known: its status, and what an app does about it. */
export function errorCode(code: string, status: number): Rule[] {
  return [
    addBefore('apps/gateway/src/errors/error-statuses.ts', /\n\};\n/, `\n  ${code}: ${status},`),
    addBefore(
      'docs/api.md',
      /\| `profile_mismatch`/,
      `| \`${code}\` | ${status} | TODO: what the app does |\n`,
    ),
  ];
}

export function addToLibrary(file: string, code: string): Rule {
  return addAfter(file, /export type \w+ErrorCode =[^;]*/, ` | '${code}'`);
}

function fileOfErrors(tree: Tree, [library, ...folders]: readonly string[]): string {
  const folder = ['libs', library, 'src', ...folders].join('/');
  const found: string[] = [];
  tree.getDir(folder).visit((path) => {
    if (path.endsWith('.error.ts') && tree.readText(path).includes('ErrorCode =')) found.push(path);
  });
  // The library's own one stands in its root; another one is named by its folder.
  const own = found.filter((path) => path === `/${folder}/${library}.error.ts`);
  const [file, ...others] = own.length > 0 ? own : found;
  if (file && others.length === 0) return file;
  throw new SchematicsException(
    `Which error of ${folder}? ${found.join(', ') || 'There is none.'}`,
  );
}
