import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

const autocannon = createRequire(import.meta.url).resolve('autocannon/autocannon.js');

export interface Load {
  readonly requestsPerSecond: number;
  readonly p99: number;
}

/** Requests over 32 kept-alive connections for some seconds or some number; any answer but 2xx is an error. */
export async function load(
  url: string,
  token: string,
  extent: { seconds: number } | { requests: number },
): Promise<Load> {
  const amount =
    'seconds' in extent ? ['-d', String(extent.seconds)] : ['-a', String(extent.requests)];
  const target = ['-H', `Authorization=Bearer ${token}`, url];
  const args = [autocannon, '-j', '-n', '-c', '32', ...amount, ...target];
  const result = JSON.parse(await output(process.execPath, args)) as AutocannonResult;
  const bad = result.non2xx + result.errors + result.timeouts;
  if (bad > 0) throw new Error(`${bad} of the requests to ${url} failed`);
  return {
    requestsPerSecond: result.requests.total / result.duration,
    p99: result.latency.p99,
  };
}

interface AutocannonResult {
  readonly non2xx: number;
  readonly errors: number;
  readonly timeouts: number;
  readonly duration: number;
  readonly requests: { readonly total: number };
  readonly latency: { readonly p99: number };
}

function output(command: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.once('error', reject).once('close', () => resolve(text));
  });
}
