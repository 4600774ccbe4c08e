import { strings } from '@angular-devkit/core';
import { chain, type Rule } from '@angular-devkit/schematics';
import { addAfter, files, formatted, type Options } from '../edit.ts';
import { addToLibrary, errorCode } from '../error/index.ts';

/** `policy read-only`: a guard that refuses with the code `read_only` while `READ_ONLY` is true. */
export function policy({ name }: Options): Rule {
  const [Class, key] = [strings.classify(name), strings.camelize(name)];
  const code = strings.underscore(name);
  const variable = code.toUpperCase();
  return chain([
    files(name, { code, variable }, '/libs/security/src'),
    addAfter(
      'libs/security/src/index.ts',
      /^export .*head\.guard\.js';\n/m,
      `export { ${key}Config, type ${Class}Config } from './${name}/${name}.config.js';\n` +
        `export { ${Class}Guard } from './${name}/${name}.guard.js';\n`,
    ),
    addAfter(
      'libs/security/src/security.module.ts',
      /^import .*security\.config\.js';\n/m,
      `import { ${key}Config } from './${name}/${name}.config.js';\n`,
    ),
    addAfter(
      'libs/security/src/security.module.ts',
      '    ConfigModule.forFeature(httpConfig),\n',
      `    ConfigModule.forFeature(${key}Config),\n`,
    ),
    addAfter(
      'apps/gateway/src/configuration/environment.ts',
      /import \{[^}]*connectionsConfig,/,
      ` ${key}Config,`,
    ),
    addAfter(
      'apps/gateway/src/configuration/environment.ts',
      '  connectionsConfig,\n',
      `  ${key}Config,\n`,
    ),
    addAfter(
      'apps/gateway/src/gateway.module.ts',
      '  PrincipalThrottlerGuard,\n',
      `  ${Class}Guard,\n`,
    ),
    addAfter(
      'apps/gateway/src/gateway.module.ts',
      '  { provide: APP_GUARD, useClass: HeadGuard },\n',
      `  { provide: APP_GUARD, useClass: ${Class}Guard },\n`,
    ),
    addAfter(
      'apps/gateway/src/openapi/operation-errors.ts',
      "    'internal_error',\n",
      `    '${code}',\n`,
    ),
    addToLibrary('libs/security/src/errors/security.error.ts', code),
    ...errorCode(code, 403),
    addAfter(
      'docs/architecture.md',
      '    HeadGuard --> ',
      `${Class}Guard["${Class}Guard<br/>${variable}"]\n    ${Class}Guard --> `,
    ),
    formatted(),
  ]);
}
