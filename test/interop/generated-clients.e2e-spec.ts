import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { startGateway } from '../e2e/gateway.ts';
import type { Tried } from './clients/try/tried.ts';
import { installPackages } from './install-packages.ts';

// What app developers do with docs/openapi.json, done by the tools that they do it with. These are no dependencies of the
// gateway, have 400 packages of their own, and are installed here: see clients/package.json.
const FOLDER = resolve('test/interop/clients');
const DOCUMENT = resolve('docs/openapi.json');
const GENERATED = join(FOLDER, '.generated');
const SCHEMA = join(GENERATED, 'openapi-typescript/schema.d.ts');
const HEY_API = join(GENERATED, 'hey-api');

let gateway: { readonly url: string };

beforeAll(async () => {
  await installPackages(FOLDER, '--include=dev');
  rmSync(GENERATED, { recursive: true, force: true });
  gateway = await startGateway();
}, 300_000);

describe('docs/openapi.json', () => {
  it('is clean for Redocly: no error, no warning', async () => {
    const { stdout } = await run('@redocly/cli/bin/cli.js', 'lint', DOCUMENT, '--format=json');
    expect(JSON.parse(stdout)).toMatchObject({ totals: { errors: 0, warnings: 0 }, problems: [] });
  });

  it('is clean for Spectral: not even a hint', async () => {
    const flags = ['--fail-severity=hint', '--format=json', '--quiet'];
    const found = await run('@stoplight/spectral-cli/dist/index.js', 'lint', DOCUMENT, ...flags);
    expect(JSON.parse(found.stdout)).toEqual([]);
  });
});

describe('a generated client', () => {
  beforeAll(async () => {
    await Promise.all([
      run('openapi-typescript/bin/cli.js', DOCUMENT, '--output', SCHEMA),
      run('@hey-api/openapi-ts/bin/run.js', '--input', DOCUMENT, '--output', HEY_API),
      run('orval/dist/bin/orval.mjs', '--config', join(FOLDER, 'orval.config.mjs')),
    ]);
  }, 120_000);

  it('compiles, strictly, with a program that uses it', { timeout: 120_000 }, async () => {
    await execute(resolve('node_modules/typescript/bin/tsc'), '--project', FOLDER);
  });

  it.each(['openapi-typescript', 'hey-api', 'orval'])(
    'of %s signs in, chats, reads the history and understands a refusal',
    async (generator) => {
      const program = join(FOLDER, 'try', `${generator}.ts`);
      const { tryOut } = (await import(program)) as {
        tryOut: (baseUrl: string, username: string) => Promise<Tried>;
      };
      expect(await tryOut(gateway.url, `phone-${randomUUID().slice(0, 8)}`)).toEqual({
        userId: expect.any(String),
        profileIds: expect.arrayContaining(['notes', 'tasks', 'calendar']),
        response: expect.stringContaining('Milk'),
        historyRoles: ['user', 'assistant'],
        refused: ['profile_not_found', 404],
      });
    },
  );

  it('has a method for every operation, under its id', () => {
    const { paths } = JSON.parse(readFileSync(DOCUMENT, 'utf8')) as {
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    const ids = Object.values(paths)
      .flatMap((operations) => Object.values(operations))
      .map(({ operationId }) => operationId);
    for (const file of ['hey-api/sdk.gen.ts', 'orval/client.ts']) {
      const code = readFileSync(join(GENERATED, file), 'utf8');
      expect(ids.filter((id) => !code.includes(`export const ${id} =`))).toEqual([]);
    }
  });
});

function run(program: string, ...args: string[]) {
  return execute(join(FOLDER, 'node_modules', program), ...args);
}

/** Runs a program of Node's. Rejects, with all that it printed, if it fails. */
async function execute(program: string, ...args: string[]): Promise<{ stdout: string }> {
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    GATEWAY_URL: gateway.url,
    REDOCLY_TELEMETRY: 'off',
    REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
    DO_NOT_TRACK: '1',
  };
  try {
    return await promisify(execFile)(process.execPath, [program, ...args], {
      cwd: FOLDER,
      env,
      maxBuffer: 1e8,
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
