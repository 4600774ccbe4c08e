import { loadEnvFile } from './load-env-file.js';

loadEnvFile();

const { runCommand } = await import('./cli/run-command.js');
process.exitCode = await runCommand(process.argv.slice(2));
