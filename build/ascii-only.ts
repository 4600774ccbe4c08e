import type { Plugin } from 'rolldown';

const NOT_ASCII = /[\u0080-\uffff]/g;

/** A template that does not read escapes. */
const RAW_TEXT = /String\.raw`[^`]*[\u0080-\uffff]/;

/**
 * Writes characters beyond ASCII as escapes. V8 stores a file with one such character in two bytes per character, and decodes
 * it slowly.
 */
export function asciiOnly(): Plugin {
  return {
    name: 'ascii-only',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk') continue;
        if (RAW_TEXT.test(file.code)) {
          throw new Error(`${file.fileName}: String.raw has more than ASCII`);
        }
        // The source map stays as it is: only columns behind such a character move.
        file.code = file.code.replace(NOT_ASCII, escaped);
      }
    },
  };
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
