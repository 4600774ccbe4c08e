import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { InputOptions, OutputOptions, Plugin } from 'rolldown';
import { asciiOnly } from './ascii-only.ts';
import { compiledSchemas } from './compiled-schemas.ts';
import { httpWithoutFetch } from './http-without-fetch.ts';
import { thirdPartyNotices } from './notices.ts';

/** Where the output goes. A manifest of the build lies beside it. */
export const OUTPUT = 'dist';

/** What is started by its name: `npm run gateway`, the image and compose rely on these paths under `dist`. */
const PROGRAMS = [
  'apps/gateway/src/main',
  'apps/gateway/src/cli',
  'apps/gateway/src/cli/write-commands',
  'apps/gateway/src/configuration/write-configuration',
  'apps/gateway/src/write-openapi',
  'apps/gateway/src/write-route-table',
  'apps/personal-tools/src/main',
];

/** Packages that read files beside their own code: binaries, scripts of threads, or of a page. They stay in `node_modules`. */
const WITH_FILES = ['@scalar/fastify-api-reference', 'bcrypt', 'better-sqlite3', 'piscina'];

/** Large, and loaded only when it is asked for: it would be most of the output. */
const ON_DEMAND = ['@scalar/fastify-api-reference'];

/** What packages look for and do without. */
const ABSENT = [
  '@fastify/multipart',
  '@fastify/static',
  '@fastify/view',
  '@grpc/grpc-js',
  '@nestjs/microservices',
  '@nestjs/platform-express',
  '@nestjs/websockets',
  'mongoose',
  'pg-native',
  'sequelize',
  'typeorm',
];

/** The numbering plans of all countries, which `class-validator` loads for a decorator that is not used here. */
const REPLACED = { 'libphonenumber-js/max': resolve('build/no-phone-numbers.ts') };

export const inputOptions = (): InputOptions => ({
  input: {
    ...Object.fromEntries(PROGRAMS.map((path) => [path, `${path}.ts`])),
    ...Object.fromEntries(workers().map((path) => [`chunks/${basename(path, '.ts')}`, path])),
  },
  platform: 'node',
  // Legacy decorators and the types of constructor parameters, as Nest needs them.
  tsconfig: 'tsconfig.json',
  resolve: { alias: REPLACED },
  // Of the decorators a start needs all, of what makes a document of them nothing.
  treeshake: {
    moduleSideEffects: [{ test: /node_modules\/@nestjs\/swagger\//, sideEffects: false }],
  },
  external: [...WITH_FILES, ...ON_DEMAND, ...ABSENT].map((name) => new RegExp(`^${name}(/|$)`)),
  plugins: [compiledSchemas(), httpWithoutFetch(), asciiOnly(), thirdPartyNotices() as Plugin],
  onLog(level, log) {
    // What a bundle lacks, it lacks at run time: a warning is a failure.
    if (level === 'warn') throw new Error(log.message);
  },
});

export const outputOptions: OutputOptions = {
  dir: OUTPUT,
  format: 'esm',
  entryFileNames: '[name].js',
  // The same names with each build: the compile cache keeps one entry a name.
  chunkFileNames: 'chunks/[name].js',
  sourcemap: true,
  // Classes are injected, logged and documented by name.
  keepNames: true,
  comments: false,
};

/** Threads name their script relative to their own code, which is in `chunks` as well. */
function workers(): string[] {
  return globSync('{apps,libs}/*/src/**/*.worker.ts');
}
