import { spawnSync } from 'node:child_process';

// `npm run generate module feedback`. A collection that is named by its path is only tried out otherwise, also by
// `nest g -c ./schematics module feedback`.
const [schematic = '', ...rest] = process.argv.slice(2);
const args = [`./schematics:${schematic}`, ...rest, '--no-debug'];
const { status } = spawnSync('schematics', args, { stdio: 'inherit' });
process.exitCode = status ?? 1;
