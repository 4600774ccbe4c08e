export { PersistenceModule } from './persistence.module.js';
export { persistenceConfig } from './persistence.config.js';
export { DatabaseHealth } from './database-health.js';
export { DeletedTraces } from './deleted-traces.js';
export { insertRow } from './insert-row.js';
export { rowsInSteps } from './rows-in-steps.js';
