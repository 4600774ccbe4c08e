import { chain, type Rule } from '@angular-devkit/schematics';
import { files, formatted, type Options } from '../edit.ts';

/** `profile recipes`: an assistant in a file of its own, to be given servers and tools. */
export function profile({ name }: Options): Rule {
  return chain([files(name, {}, '/apps/gateway/profiles'), formatted()]);
}
