import { execFile } from 'node:child_process';
import type { Finding } from './finding.ts';

/** Most output of a tool that is read. Bytes. */
const MOST_OUTPUT = 16 * 1024 * 1024;

/** Runs a program of `node_modules/.bin`; what it prints is one finding if it fails. @param options with spaces between them only */
export function runTool(
  name: string,
  options: string,
  files: readonly string[] = [],
): Promise<readonly Finding[]> {
  return new Promise((done) => {
    execFile(
      name,
      [...options.split(' '), ...files],
      { maxBuffer: MOST_OUTPUT },
      (error, stdout, stderr) => {
        done(error ? [{ text: (stdout + stderr).trim() || error.message, isFault: true }] : []);
      },
    );
  });
}
