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
        },
      },
      {
        ...transform,
        test: {
          name: 'e2e',
          globals: true,
          include: ['test/{e2e,attack,interop,docs}/**/*.e2e-spec.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
