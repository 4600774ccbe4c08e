import type { Plugin } from 'rolldown';

const NOT_ASCII = /[\u0080-\uffff]/g;

/** Where an escape would be taken as it is written. */
const RAW_TEXT = /String\.raw`[^`]*[\u0080-\uffff]/;

/**
 * Writes what is not ASCII as an escape. With one other character V8 keeps all of a file with two bytes a character, and decodes
 * it slowly: for a few of them in four megabytes.
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
        // In the source map only columns behind such a character move.
        file.code = file.code.replace(NOT_ASCII, escaped);
      }
    },
  };
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
