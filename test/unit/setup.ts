import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

// MikroORM forgets the registered entities after an application has ended. The specs of a worker share the imported
// modules, which register their entities once: the entities must stay for the next spec. The class is not exported.
const orm = dirname(createRequire(import.meta.url).resolve('@mikro-orm/nestjs'));
const { MikroOrmEntitiesStorage: entities } = (await import(
  pathToFileURL(join(orm, 'mikro-orm.entities.storage.js')).href
)) as { MikroOrmEntitiesStorage: { clearLater(): void } };
entities.clearLater = () => {};

// A variable or a clock that one spec sets must not reach the next.
afterAll(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});
