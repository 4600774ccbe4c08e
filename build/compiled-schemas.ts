import { Ajv, type AnySchema } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Plugin } from 'rolldown';

const IMPORT = /\.schema\.json\?compiled$/;

/** A module of the runtime of ajv in what it generates, which knows no imports. */
const RUNTIME_MODULE = /const (\w+) = require\("(ajv\/dist\/runtime\/\w+)"\)\.default;/g;

/**
 * Compiles the JSON Schemas of definitions (`import matches from './profile.schema.json?compiled'`) while the bundle is
 * built: at a start that takes longer than all that is done with the result. Tests use it, too (`vitest.config.ts`).
 */
export function compiledSchemas(): Plugin {
  return {
    name: 'compiled-schemas',
    resolveId: {
      filter: { id: IMPORT },
      handler: (id, importer) => resolve(dirname(importer ?? ''), id),
    },
    load: {
      filter: { id: IMPORT },
      handler(id) {
        const path = id.slice(0, id.lastIndexOf('?'));
        this.addWatchFile(path);
        return moduleOf(JSON.parse(readFileSync(path, 'utf8')) as AnySchema);
      },
    },
  };
}

/** @throws Error for a text that is no schema */
function moduleOf(schema: AnySchema): { code: string; moduleType: 'js' } {
  const code = { source: true, esm: true };
  const ajv = new Ajv({ strict: false, code });
  const text = standalone.default(ajv, ajv.compile(schema));
  return {
    code: text.replace(
      RUNTIME_MODULE,
      'import $1Module from "$2.js";const $1 = $1Module.default ?? $1Module;',
    ),
    moduleType: 'js',
  };
}
