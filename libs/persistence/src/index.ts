export { PersistenceModule } from './persistence.module.js';
export { persistenceConfig } from './persistence.config.js';
export { DatabaseHealth } from './database-health.js';
