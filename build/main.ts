import { globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inputOptions, OUTPUT, outputOptions } from './bundle.ts';
import { inputsDigest, isBuiltFrom, writeManifest } from './manifest.ts';

// `npm run build`: bundles the apps and what they import into `dist`, unless that is what lies there. It checks no types:
// the gate does (`npm run lint`).
const inputs = inputsDigest();
if (!isBuiltFrom(inputs, OUTPUT)) await build();

async function build(): Promise<void> {
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown(inputOptions());
  const { output } = await bundle.write(outputOptions);
  await bundle.close();
  const files = output.map(({ fileName }) => fileName);
  removeAllBut(new Set(files));
  writeManifest(inputs, OUTPUT, files);
}

/** After the new files are there, so that a gateway that starts meanwhile finds the old ones or the new ones. */
function removeAllBut(files: ReadonlySet<string>): void {
  for (const file of globSync('**/*.*', { cwd: OUTPUT })) {
    if (!files.has(file)) rmSync(join(OUTPUT, file), { force: true });
  }
}
