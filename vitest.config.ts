import { defineConfig } from 'vitest/config';

const transform = {
  // Nest needs legacy decorators and the types of constructor parameters.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: { tsconfigPaths: true },
};

export default defineConfig({
  test: {
    projects: [
      {
        ...transform,
        test: {
          name: 'unit',
          globals: true,
          include: ['apps/**/*.spec.ts', 'libs/**/*.spec.ts'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...transform,
        test: {
          name: 'e2e',
          globals: true,
          include: ['test/{e2e,attack,interop,docs}/**/*.e2e-spec.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // What is waited for comes at once; how long a busy machine takes for it is no test's subject.
          expect: { poll: { timeout: 20_000, interval: 50 } },
          // Most of their time they wait: for processes to start, windows to end, mails to arrive.
          maxWorkers: 2,
          // After the units, which want every core: projects of one group must have as many workers.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
