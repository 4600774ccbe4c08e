import { strings } from '@angular-devkit/core';
import {
  apply,
  applyTemplates,
  mergeWith,
  move,
  type Rule,
  type Tree,
  url,
} from '@angular-devkit/schematics';
import { format, resolveConfig } from 'prettier';

export interface Options {
  readonly name: string;
}

/** The files of a schematic, with the name in their paths and texts. */
export function files(name: string, values: object, target = '/'): Rule {
  return mergeWith(
    apply(url('./files'), [applyTemplates({ ...strings, name, ...values }), move(target)]),
  );
}

/** Adds text after the one place in the file that matches. */
export function addAfter(file: string, anchor: string | RegExp, text: string): Rule {
  return edit(file, anchor, (found) => `${found}${text}`);
}

/** Adds text before the one place in the file that matches. */
export function addBefore(file: string, anchor: string | RegExp, text: string): Rule {
  return edit(file, anchor, (found) => `${text}${found}`);
}

/** The first place that matches. @throws Error if there is none: the file has changed, and the schematic must follow */
function edit(file: string, anchor: string | RegExp, change: (found: string) => string): Rule {
  return (tree) => {
    const text = tree.readText(file);
    const [found] =
      typeof anchor === 'string' ? [text.includes(anchor) && anchor] : (anchor.exec(text) ?? []);
    if (!found)
      throw new Error(`${file} has no ${String(anchor)}: the schematic does not know where to add`);
    tree.overwrite(
      file,
      text.replace(found, () => change(found)),
    );
  };
}

/** Brings all that was written into the format of the repository. */
export function formatted(): Rule {
  return async (tree: Tree) => {
    const paths = tree.actions
      .map(({ path }) => path)
      .filter((path) => /\.(ts|json|md)$/.test(path));
    for (const path of new Set(paths)) {
      const config = await resolveConfig(`.${path}`);
      tree.overwrite(path, await format(tree.readText(path), { ...config, filepath: path }));
    }
  };
}
