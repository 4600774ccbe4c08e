import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { configurationReference } from './configuration-reference.js';
import { renderDocument, renderExample } from './render-configuration.js';

// `npm run configuration`: writes the tables in docs/configuration.md, and .env.example. What may be set differs between
// modes; the reference is for operators.
process.env = { NODE_ENV: 'production' };
const groups = configurationReference();
const document = renderDocument(readFileSync('docs/configuration.md', 'utf8'), groups);
writeFileSync('docs/configuration.md', document);
writeFileSync('.env.example', renderExample(groups));
