import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { type Gateway, PROCESS_ENVIRONMENT } from './gateway.ts';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `npm run gateway -- …` on the storage and the secrets of a gateway, or with any other environment. */
export function runCommand(
  { environment, input }: Pick<Gateway, 'environment'> & { readonly input?: string },
  ...words: string[]
): Promise<CommandResult> {
  const child = spawn(process.execPath, [resolve('dist/apps/gateway/src/cli.js'), ...words], {
    env: { ...PROCESS_ENVIRONMENT, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(input ?? '');
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((done) => child.once('close', (code) => done({ code, stdout, stderr })));
}
