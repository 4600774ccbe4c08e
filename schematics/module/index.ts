import { strings } from '@angular-devkit/core';
import { chain, type Rule } from '@angular-devkit/schematics';
import { addAfter, addBefore, files, formatted, type Options } from '../edit.ts';
import { errorCode } from '../error/index.ts';

/** `module feedback`: a library that keeps texts of accounts, to be made into what it is for. */
export function module({ name }: Options): Rule {
  const Class = strings.classify(name);
  const table = strings.underscore(name);
  const code = `${table}_full`;
  const migration = `${timestamp(new Date())}-${name}`;
  return chain([
    files(name, { table, code, migration }),
    ...project(name),
    addAfter(
      'apps/gateway/src/errors/error-statuses.ts',
      /^import .*@app\/chat';\n/m,
      `import type { ${Class}ErrorCode } from '@app/${name}';\n`,
    ),
    addAfter(
      'apps/gateway/src/errors/error-statuses.ts',
      /export type ErrorCode =[^;]*/,
      ` | ${Class}ErrorCode`,
    ),
    ...errorCode(code, 409),
    addBefore(
      'libs/persistence/src/migrations/index.ts',
      /\n\/\*\* In the order/,
      `import { ${Class}Table } from './${migration}.js';\n`,
    ),
    addBefore(
      'libs/persistence/src/migrations/index.ts',
      /\];\n/,
      `  { name: '${migration}', class: ${Class}Table },\n`,
    ),
    addAfter(
      'apps/gateway/src/personal-data.ts',
      /^import .*@app\/chat';\n/m,
      `import { ${Class}DataSource } from '@app/${name}';\n`,
    ),
    addAfter(
      'apps/gateway/src/personal-data.ts',
      /^ {2}conversations: \w+,\n/m,
      `  ${strings.camelize(name)}: ${Class}DataSource,\n`,
    ),
    addAfter(
      'apps/gateway/src/gateway.module.ts',
      /^import .*@app\/chat';\n/m,
      `import { ${Class}Module } from '@app/${name}';\n`,
    ),
    addAfter(
      'apps/gateway/src/gateway.module.ts',
      '        ChatModule,\n',
      `        ${Class}Module,\n`,
    ),
    addAfter(
      'apps/gateway/src/gateway.module.ts',
      /PrivacyModule\.forRoot\(\{\s*imports: \[\s*ChatModule,/,
      ` ${Class}Module,`,
    ),
    addBefore(
      'docs/logging.md',
      /\| `consent\.given`/,
      `| \`${table}.added\` | \`POST /api/${name}\` | \`${table}\` |\n`,
    ),
    addBefore('docs/api.md', '## Administration\n', reference(name)),
    formatted(),
  ]);
}

/** What makes a folder a library: for Nest, for TypeScript, and for the boundaries, which the guide shows. */
function project(name: string): Rule[] {
  const root = `libs/${name}`;
  const entry = {
    type: 'library',
    root,
    entryFile: 'index',
    sourceRoot: `${root}/src`,
    compilerOptions: { tsConfigPath: `${root}/tsconfig.lib.json` },
  };
  const mayImport = ['persistence', 'logging', 'security', 'access'];
  const rooms = mayImport.map((library) => `'libs/${library}'`).join(', ');
  const shown = mayImport.map((library) => `\`${library}\``).join(', ');
  return [
    addBefore(
      'nest-cli.json',
      /\n {2}\}\n\}\n$/,
      `,\n"${name}": ${JSON.stringify(entry).replace('{', '{\n')}`,
    ),
    addAfter(
      'tsconfig.json',
      '    "paths": {\n',
      `      "@app/${name}": ["./${root}/src/index.ts"],\n`,
    ),
    addBefore(
      'architecture/boundaries.ts',
      "  'libs/mail': {\n",
      `  '${root}': { holds: 'TODO', mayImport: [${rooms}] },\n`,
    ),
    addBefore('CONTRIBUTING.md', /\| `libs\/mail` /, `| \`${root}\` | TODO | ${shown} |\n`),
  ];
}

/** The section of the two routes. */
function reference(name: string): string {
  return `## ${strings.capitalize(name.replaceAll('-', ' '))}

| call | does |
| --- | --- |
| \`POST /api/${name}\` | \`{text}\`: TODO |
| \`GET /api/${name}\` | TODO |

`;
}

/** `20261126183000`: migrations run in the order of their names. */
function timestamp(now: Date): string {
  return now.toISOString().replace(/\D/g, '').slice(0, 14);
}
