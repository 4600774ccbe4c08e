import { flushCompileCache } from 'node:module';
import { cleanUp } from './gateway.ts';

// Registered before the hooks of the file, so it runs after them.
afterAll(async () => {
  await cleanUp();
  vi.unstubAllEnvs();
  flushCompileCache();
});
