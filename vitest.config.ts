import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { compiledSchemas } from './build/compiled-schemas.ts';
import { LongestFirstSequencer } from './test/longest-first.sequencer.ts';

// Compiling what is imported is most of a start, of a worker and of a gateway: one finds what another one has compiled.
process.env.NODE_COMPILE_CACHE ??= resolve('node_modules/.cache/compiled');

const transform = {
  plugins: [compiledSchemas()],
  // Nest needs legacy decorators and the types of constructor parameters.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: { tsconfigPaths: true },
};

/** Documents, the API page, generated clients, commands of contributors: no database makes a difference. */
const STATIC = [
  'test/docs/**/*.e2e-spec.ts',
  'test/e2e/{asvs,boundaries,docs-page,docs-try-out,installation,operations}.e2e-spec.ts',
  'test/interop/generated-clients.e2e-spec.ts',
];

/**
 * What gateways say to clients, MCP servers and mail servers: they store little, and nothing in a way of its own. The
 * suite is not repeated on PostgreSQL; a spec about what the database or Redis keeps is not listed here.
 */
const EDGES = [
  'test/attack/{connections,limits,mcp-configuration,plain-http,tls}.e2e-spec.ts',
  'test/attack/auth/{dpop-proofs,hashing-turns,mail-server}.e2e-spec.ts',
  'test/attack/injections/injections.e2e-spec.ts',
  'test/e2e/{boot,contract,pins,prompts,sampling,traces,disclosure,doctor,embedded-database,failing-servers,log-files,odd-servers,orphans,policies,profile-{add,check,texts},weather}.e2e-spec.ts',
  'test/interop/dpop.e2e-spec.ts',
  'test/interop/servers.e2e-spec.ts',
];

const waiting = {
  globals: true,
  globalSetup: ['test/e2e/global-setup.ts'],
  setupFiles: ['test/e2e/setup.ts'],
  testTimeout: 120_000,
  hookTimeout: 180_000,
  // What is waited for comes at once; how long a busy machine takes for it is no test's subject.
  expect: { poll: { timeout: 20_000, interval: 50 } },
  // What a file has started ends with it (`setup.ts`); a process for each would import the same again.
  isolate: false,
  // More than cores: they wait, for processes to start, windows to end, mails to arrive.
  maxWorkers: 4,
  // After the units, which want every core: projects of one group must have as many workers.
  sequence: { groupOrder: 1 },
};

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirstSequencer },
    projects: [
      {
        ...transform,
        test: {
          name: 'unit',
          globals: true,
          include: ['{apps,architecture,build,libs,scan}/**/*.spec.ts'],
          // The longest take five seconds alone; how long a busy machine takes is no test’s subject.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Some wait for servers of theirs, so that even two cores are busy with three.
          maxWorkers: 3,
          // Importing Nest again for each file would be nearly half of the work.
          isolate: false,
          setupFiles: ['test/unit/setup.ts'],
        },
      },
      { ...transform, test: { ...waiting, name: 'static', include: STATIC } },
      { ...transform, test: { ...waiting, name: 'edges', include: EDGES } },
      {
        ...transform,
        test: {
          ...waiting,
          name: 'e2e',
          include: ['test/{e2e,attack,interop,upgrade}/**/*.e2e-spec.ts'],
          exclude: [...STATIC, ...EDGES],
        },
      },
      {
        ...transform,
        test: {
          name: 'conformance',
          globals: true,
          include: ['test/conformance/**/*.spec.ts'],
          hookTimeout: 180_000,
          maxWorkers: 1,
        },
      },
      {
        ...transform,
        test: {
          name: 'fuzz',
          globals: true,
          include: ['test/fuzz/**/*.fuzz-spec.ts'],
          maxWorkers: 1,
        },
      },
    ],
  },
});
