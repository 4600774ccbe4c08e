import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { ERROR_STATUSES } from '../../apps/gateway/src/error-statuses.js';
import { walkThrough } from '../../apps/gateway/src/walk-through/walk-through.js';
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

  it('has a walk-through that works as it is pasted', async () => {
    const gateway = await startGateway();
    const { stdout } = await promisify(execFile)('bash', ['-ec', walkThrough(gateway.url)]);
    const answers = stdout
      .split(/(?<=\})(?=\{"success")/)
      .map((answer) => JSON.parse(answer) as { success: boolean; data: unknown });
    expect(answers.map(({ success }) => success)).toEqual([true, true, true, true, true]);
    expect(JSON.stringify(answers[2]!.data)).toContain('Milk');
  });

  it('links to nothing that is not there', () => {
    for (const document of [
      'README.md',
      'CONTRIBUTING.md',
      'docs/profiles.md',
      'docs/api.md',
      'docs/operations.md',
      'docs/logging.md',
      'docs/decisions.md',
      'SECURITY.md',
    ]) {
      const folder = document.includes('/') ? 'docs/' : '';
      for (const [, target] of read(document).matchAll(
        /\]\((?!https?:|#|mailto:)([^)#]+)[^)]*\)/g,
      )) {
        expect(() => read(`${folder}${target}`), `${document} → ${target}`).not.toThrow();
      }
    }
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
