import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the output is made from, and with. The hidden lock says what is installed, whatever the other one asks for. */
const INPUTS = [
  '{apps,libs}/*/src/**/*.{ts,json}',
  'build/*.ts',
  'tsconfig.json',
  'package.json',
  'package-lock.json',
  'node_modules/.package-lock.json',
];

/** What was built, from what. Digests of contents: a checkout changes times, and leaves old ones. */
interface Manifest {
  readonly inputs: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** One digest over names and contents, so that a file that goes or is renamed counts as one that changes. */
export function inputsDigest(root = '.'): string {
  const digest = createHash('sha256').update(process.version);
  const files = INPUTS.flatMap((pattern) => globSync(pattern, { cwd: root }))
    .filter((file) => !file.endsWith('.spec.ts'))
    .sort();
  for (const file of files) digest.update(`${file}\0${digestOf(join(root, file))}\0`);
  return digest.digest('hex');
}

/** Whether the folder holds what was built from these inputs, and all of it. */
export function isBuiltFrom(inputs: string, folder: string): boolean {
  const manifest = readManifest(folder);
  return (
    manifest?.inputs === inputs &&
    Object.entries(manifest.outputs).every(([file, digest]) => {
      const path = join(folder, file);
      return existsSync(path) && digestOf(path) === digest;
    })
  );
}

export function writeManifest(inputs: string, folder: string, files: readonly string[]): void {
  const outputs = Object.fromEntries(files.map((file) => [file, digestOf(join(folder, file))]));
  writeFileSync(fileOf(folder), JSON.stringify({ inputs, outputs } satisfies Manifest));
}

function readManifest(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(folder), 'utf8')) as Manifest;
  } catch {
    return undefined;
  }
}

function fileOf(folder: string): string {
  return join(folder, 'build.json');
}

function digestOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
