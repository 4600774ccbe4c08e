import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { withCommandTables } from './command-reference.js';
import { COMMAND_GROUPS } from './commands.js';

// `npm run commands`: writes the tables in docs/cli.md.
const document = readFileSync('docs/cli.md', 'utf8');
writeFileSync('docs/cli.md', withCommandTables(document, COMMAND_GROUPS));
