import { InitialSchema } from './20261124120000-initial-schema.js';

/** In the order in which they are applied. A released one is never edited. */
export const migrations = [{ name: '20261124120000-initial-schema', class: InitialSchema }];
