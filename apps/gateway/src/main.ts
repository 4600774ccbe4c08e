import { mkdirSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { loadEnvFile } from './load-env-file.js';

loadEnvFile();

// Compiling what is imported is most of a start; the next one finds it done. Not in the shared temporary folder,
// where others could put code for us to run.
const dataDir = process.env.DATA_DIR?.trim() || './data';
try {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
} catch {
  process.stderr.write(
    'Invalid configuration: DATA_DIR must name a folder that this process may write to\n',
  );
  process.exit(1);
}
enableCompileCache(join(dataDir, 'compile-cache'));

await import('./serve.js');
