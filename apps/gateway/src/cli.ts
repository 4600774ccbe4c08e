try {
  process.loadEnvFile();
} catch {
  // There is no .env, and none is needed: every variable can come from outside.
}

const { runCommand } = await import('./cli/run-command.js');
process.exitCode = await runCommand(process.argv.slice(2));
