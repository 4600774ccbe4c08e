import { type ChildProcess, spawn } from 'node:child_process';
import { watch } from 'rolldown';
import { inputOptions, outputOptions } from './bundle.ts';

// `npm run start:dev`: bundles again on each change, and restarts the gateway.
let gateway: ChildProcess | undefined;

watch({ ...inputOptions(), output: outputOptions }).on('event', async (event) => {
  if (event.code === 'ERROR') process.stderr.write(`${event.error.message}\n`);
  if (event.code === 'BUNDLE_END') {
    await event.result.close();
    await stop();
    gateway = spawn(process.execPath, ['dist/apps/gateway/src/main.js'], { stdio: 'inherit' });
  }
});

function stop(): Promise<void> {
  return new Promise((resolve) => {
    if (!gateway || gateway.exitCode !== null) return resolve();
    gateway.once('exit', () => resolve());
    gateway.kill();
  });
}
