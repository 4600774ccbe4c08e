import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { ERROR_STATUSES } from '../../apps/gateway/src/errors/error-statuses.js';
import { walkThrough } from '../../apps/gateway/src/walk-through/walk-through.js';
import { aUser } from '../e2e/client.ts';
import { startGateway } from '../e2e/gateway.ts';
import { aProfilesDir } from '../e2e/profiles.ts';

const read = (path: string) => readFileSync(path, 'utf8');

/** The fenced block of a document that carries this word behind its language. */
function block(document: string, word: string): string {
  const [, text] =
    new RegExp(`^\`\`\`\\w+ ${word}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(document) ?? [];
  if (text === undefined) throw new Error(`there is no block called ${word}`);
  return text.trimEnd();
}

interface Line {
  readonly success: boolean;
  readonly data?: unknown;
  readonly error?: { readonly code: string };
}

describe('README.md', () => {
  it('has the two commands, and they are scripts of the package', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const name of ['start', 'test']) {
      expect(read('README.md')).toContain(`npm ci && npm ${name}`);
      expect(scripts[name]).toBeDefined();
    }
  });

  it('shows the walk-through that a development gateway prints', () => {
    expect(block(read('README.md'), 'walk-through')).toBe(walkThrough('http://127.0.0.1:3000'));
  });

  it('has a walk-through that works as it is pasted, and pasted again, a line for each answer', async () => {
    const gateway = await startGateway();
    const inTerminal = async () => {
      const { stdout } = await promisify(execFile)('bash', ['-ec', walkThrough(gateway.url)]);
      expect(stdout.endsWith('}\n')).toBe(true);
      return stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);
    };
    const first = await inTerminal();
    expect(first.map(({ success }) => success)).toEqual(Array(6).fill(true));
    expect(JSON.stringify(first[3]!.data)).toContain('Milk');

    const [register, ...second] = await inTerminal();
    expect(register!.error?.code).toBe('username_taken');
    expect(second.map(({ success }) => success)).toEqual(Array(5).fill(true));
  });
});

describe('docs/api.md', () => {
  it('has every error code with its status', () => {
    const documented = Object.fromEntries(
      [...read('docs/api.md').matchAll(/^\| `([a-z_]+)` +\| (\d{3}) +\|/gm)].map(
        ([, code, status]) => [code, Number(status)],
      ),
    );
    expect(documented).toEqual(ERROR_STATUSES);
  });

  it('has commands for streams that work as they are pasted', async () => {
    const [, section] = /^### Streams\n([^]+?)\n### /m.exec(read('docs/api.md'))!;
    const commands = [...section!.matchAll(/^```sh\n([^]+?)\n```/gm)].map(([, text]) => text!);
    const [send, sendLater, goOn, cancel] = commands;
    expect(commands).toHaveLength(4);
    const gateway = await startGateway();
    const { token } = await aUser(gateway);
    const run = async (command: string, more: Record<string, string> = {}) => {
      const env = { ...process.env, URL: gateway.url, TOKEN: token, ...more };
      const line = command.replaceAll('curl ', 'curl -sS ');
      return (await promisify(execFile)('bash', ['-ec', line], { env })).stdout;
    };
    const stream = await run(send!);
    expect(stream).toMatch(/^id: 1-[^]+"type":"finish"}\n\ndata: \[DONE\]\n\n$/);
    const [, RUN] = /"runId":"([^"]+)"/.exec(stream)!;
    const [, LAST_ID] = /^id: (2-.+)$/m.exec(stream)!;
    const rest = await run(goOn!, { RUN: RUN!, LAST_ID: LAST_ID! });
    expect(stream.endsWith(rest)).toBe(true);
    expect(rest).toMatch(/^id: 3-/);
    const later = JSON.parse(await run(sendLater!)) as { data: { runId: string } };
    expect(later).toMatchObject({ success: true, data: { runId: expect.any(String) as string } });
    const ended = JSON.parse(await run(cancel!, { RUN: RUN! })) as Line;
    expect(ended.error?.code).toBe('run_ended');
  });

  it('has every call', () => {
    const routes = [
      ...read('test/e2e/routes.md').matchAll(/`(?:GET|POST|PATCH|DELETE) (\/api\S+)`/g),
    ];
    for (const [, path] of routes) {
      const name = path!.replace(/:\w+/g, ':id').replace('/history/:id', '/history/:');
      expect(read('docs/api.md').replace(/\/history\/:\w+/g, '/history/:')).toContain(name);
    }
  });
});

describe('docs/profiles.md', () => {
  it('has an example that the gateway takes', async () => {
    const example = block(read('docs/profiles.md'), 'profile');
    const gateway = await startGateway({
      environment: {
        PROFILES_DIR: aProfilesDir({ 'library.json': example }),
        MCP_SECRET_LIBRARY: 'a key of the catalogue',
      },
    });
    expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
  });
});
