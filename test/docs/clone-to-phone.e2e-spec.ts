import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { call } from '../e2e/client.ts';
import { type Gateway, startGateway } from '../e2e/gateway.ts';

const PAGE = readFileSync('docs/clone-to-phone.md', 'utf8');

/** The commands of the block that carries this word. */
function commands(word: string): string {
  const [, text] = new RegExp(`^\`\`\`sh ${word}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(PAGE) ?? [];
  if (text === undefined) throw new Error(`there is no block called ${word}`);
  return text.trim();
}

/** The variables that a command sets before `npm start`. */
function variables(word: string): Record<string, string> {
  const assignments = commands(word)
    .split(' ')
    .filter((part) => part.includes('='));
  return Object.fromEntries(assignments.map((part) => part.split('=') as [string, string]));
}

function inTerminal(gateway: Gateway, word: string, cwd?: string): Promise<{ stdout: string }> {
  const text = commands(word).replaceAll('http://127.0.0.1:3000', gateway.url);
  return promisify(execFile)('bash', ['-ec', text], { cwd });
}

describe('docs/clone-to-phone.md', () => {
  it('begins as README.md does', () => {
    expect(readFileSync('README.md', 'utf8')).toContain(commands('start'));
  });

  it('reaches the gateway, and fetches the document that clients are generated from', async () => {
    const gateway = await startGateway();
    const { stdout } = await inTerminal(gateway, 'reach');
    expect(stdout).toContain('"docs":"docs"');
    expect(stdout).toContain('{"success":true,"data":{"status":"ok"}}');

    const folder = mkdtempSync(join(tmpdir(), 'clone-to-phone-'));
    await inTerminal(gateway, 'get-the-document', folder);
    const served = JSON.parse(readFileSync(join(folder, 'openapi.json'), 'utf8')) as object;
    const committed = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as object;
    expect(served).toEqual({ ...committed, servers: [{ url: '/' }] });
    expect(commands('generate')).toMatch(/^npx @hey-api\/openapi-ts --input openapi\.json /);
  });

  it('lets a phone of the network in, and the page that it names', async () => {
    const environment = { ...variables('listen-everywhere'), ...variables('allow-a-page') };
    expect(Object.keys(environment)).toEqual(['HOST', 'ALLOWED_ORIGINS']);
    const gateway = await startGateway({ environment });
    const [outside] = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal);
    const url = gateway.url.replace('127.0.0.1', outside?.address ?? '127.0.0.1');
    const answer = await call({ url }, '/api/health', {
      headers: { Origin: environment.ALLOWED_ORIGINS! },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(environment.ALLOWED_ORIGINS);
  });
});
