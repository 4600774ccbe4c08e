import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify, stripVTControlCharacters } from 'node:util';
import { freePort } from '../e2e/gateway.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The rooms that the section touches; how the others fare is not its business. */
const LINTED = ['libs/feedback', 'libs/persistence', 'apps/gateway'];

/** One fenced block: its language, the file that it names, its text. */
interface Block {
  readonly language: string;
  readonly file: string | undefined;
  readonly text: string;
}

const STEPS = blocksOf(
  sectionOf(readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8'), 'Add a module'),
);

describe('"Add a module" of CONTRIBUTING.md, followed word for word', () => {
  const copy = mkdtempSync(join(tmpdir(), 'contributing-'));
  let gateway: ChildProcess | undefined;

  beforeAll(async () => {
    await copyRepository(copy);
    await follow(STEPS, copy);
  }, 60_000);

  afterAll(() => {
    gateway?.kill('SIGKILL');
    rmSync(copy, { recursive: true, force: true, maxRetries: 5 });
  });

  it('leaves package.json as it was', () => {
    expect(readFileSync(join(copy, 'package.json'), 'utf8')).toBe(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    );
  });

  it('passes the gate: format, lint, types and its own spec', { timeout: 80_000 }, async () => {
    const files = STEPS.flatMap(({ file }) => file ?? []);
    await Promise.all([
      run(copy, 'prettier', '--check', 'nest-cli.json', ...files),
      run(copy, 'oxlint', '--type-aware', '--deny-warnings', ...LINTED),
      run(copy, 'tsc', '--noEmit', '-p', 'tsconfig.check.json'),
      run(copy, 'vitest', 'run', '--project', 'unit', 'libs/feedback'),
    ]);
  });

  it('keeps others out of the library, and the library out of others', async () => {
    write(copy, 'libs/feedback/src/probe.ts', "export { ChatModule } from '@app/chat';\n");
    write(copy, 'libs/auth/src/probe.ts', "export { x } from '@app/feedback/src/x.js';\n");
    const lint = (file: string) => run(copy, 'oxlint', file);
    await expect(lint('libs/feedback/src/probe.ts')).rejects.toThrow(
      /libs\/feedback may import only/,
    );
    await expect(lint('libs/auth/src/probe.ts')).rejects.toThrow(/never its insides/);
    rmSync(join(copy, 'libs/feedback/src/probe.ts'));
    rmSync(join(copy, 'libs/auth/src/probe.ts'));
  });

  it('serves both routes, to their user only', { timeout: 80_000 }, async () => {
    await run(copy, 'nest', 'build', 'gateway');
    const port = await freePort();
    gateway = startGateway(copy, port);
    await untilHealthy(gateway, port);
    const call = caller(`http://127.0.0.1:${port}/api`);
    const register = async (username: string) => {
      const credentials = { username, password: 'correct horse battery 7' };
      const { data } = await call('POST', '/auth/register', credentials).then(expectStatus(201));
      return (data as { accessToken: string }).accessToken;
    };
    const ada = await register('ada');

    const sent = await call('POST', '/feedback', { text: 'I like the notes.' }, ada).then(
      expectStatus(201),
    );
    expect(sent.data).toEqual({
      feedbackId: expect.any(String),
      text: 'I like the notes.',
      createdAt: expect.any(String),
    });
    const listed = await call('GET', '/feedback', undefined, ada).then(expectStatus(200));
    expect(listed).toEqual({ success: true, data: [sent.data] });
    const others = await call('GET', '/feedback', undefined, await register('bob'));
    expect(others.body.data).toEqual([]);

    const unknownField = await call('POST', '/feedback', { text: 'x', stars: 5 }, ada).then(
      expectStatus(400),
    );
    expect(unknownField.error).toMatchObject({
      code: 'invalid_input',
      details: [{ field: 'stars', message: 'is not a known field' }],
    });
    await call('POST', '/feedback', { text: '' }, ada).then(expectStatus(400));
    const noToken = await call('GET', '/feedback').then(expectStatus(401));
    expect(noToken.error).toMatchObject({ code: 'unauthenticated' });
    await call('POST', '/feedback', { text: 'x' }).then(expectStatus(401));
  });
});

function sectionOf(text: string, title: string): string {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  if (!section) throw new Error(`CONTRIBUTING.md has no section "${title}"`);
  return section;
}

function blocksOf(section: string): Block[] {
  const fences = section.matchAll(/^```(\S+)(?: (\S+))?\n(.*?)^```$/gms);
  return [...fences].map(([, language = '', file, text = '']) => ({ language, file, text }));
}

/** All files that are or could be committed, with the installed packages beside them. */
async function copyRepository(copy: string): Promise<void> {
  const { stdout } = await promisify(execFile)(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'],
    { cwd: ROOT, maxBuffer: 1e8 },
  );
  for (const file of stdout.split('\0')) {
    const isFile = statSync(join(ROOT, file), { throwIfNoEntry: false })?.isFile();
    if (isFile) cpSync(join(ROOT, file), join(copy, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
}

/** Does what each block says, in order; a `text` block is what the command before it has printed. */
async function follow(steps: readonly Block[], copy: string): Promise<void> {
  let printed = '';
  for (const { language, file, text } of steps) {
    if (language === 'sh') {
      printed = '';
      for (const line of text.trim().split('\n')) {
        const [command = '', ...args] = line.split(' ');
        printed += await run(copy, command, ...args);
      }
    } else if (language === 'text') {
      expect(printed.replace(/ \(\d+ bytes\)/g, '').trim()).toBe(text.trim());
    } else if (!file) {
      throw new Error(`CONTRIBUTING.md: a block of ${language} names no file:\n${text}`);
    } else if (language === 'diff') {
      write(copy, file, changed(readFileSync(join(copy, file), 'utf8'), text, file));
    } else {
      write(copy, file, text);
    }
  }
}

function write(copy: string, file: string, text: string): void {
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  writeFileSync(join(copy, file), text);
}

/** Applies a diff without line numbers: the old lines of each part stand in the file exactly once. */
function changed(content: string, diff: string, file: string): string {
  return diff.split(/^@@\n/m).reduce((current, part) => {
    const lines = part.trimEnd().split('\n');
    const side = (mark: string) =>
      lines
        .filter((line) => line.startsWith(mark) || line.startsWith(' '))
        .map((line) => line.slice(1));
    const pattern = side('-').map((line) => escaped(line).replace('…', '(?<rest>.*)'));
    const places = [...current.matchAll(new RegExp(`^${pattern.join('\n')}$`, 'gm'))];
    const [place] = places;
    if (!place || places.length > 1) {
      throw new Error(
        `CONTRIBUTING.md: found ${places.length} times in ${file}:\n${side('-').join('\n')}`,
      );
    }
    const added = side('+')
      .join('\n')
      .replace('…', () => place.groups?.rest ?? '…');
    return current.slice(0, place.index) + added + current.slice(place.index + place[0].length);
  }, content);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Runs an installed tool. Rejects, with all that it printed, if it fails. */
async function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  const PATH = `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`;
  const env = {
    ...process.env,
    PATH,
    NODE_ENV: '',
    VITEST: '',
    NO_COLOR: '1',
    FORCE_COLOR: undefined,
  };
  const work = promisify(execFile)(command, args, { cwd, env, timeout: 75_000, maxBuffer: 1e8 });
  work.child.stdin?.end();
  try {
    const { stdout } = await work;
    return stripVTControlCharacters(stdout);
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

function startGateway(cwd: string, port: number): ChildProcess {
  const child = spawn(process.execPath, ['dist/apps/gateway/src/main.js'], {
    cwd,
    env: { PATH: process.env.PATH, PORT: String(port), DATA_DIR: join(cwd, 'data') },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  return child;
}

async function untilHealthy(child: ChildProcess, port: number): Promise<void> {
  for (let tried = 0; tried < 150; tried++) {
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(200);
  }
  throw new Error('the gateway does not answer');
}

interface Answer {
  readonly status: number;
  readonly body: { success: boolean; data?: unknown; error?: unknown };
}

function caller(base: string) {
  return async (method: string, path: string, body?: object, token?: string): Promise<Answer> => {
    const answer = await fetch(base + path, {
      method,
      headers: {
        ...(body ? { 'Content-Type': 'application/json' } : {}),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  };
}

function expectStatus(expected: number) {
  return ({ status, body }: Answer): Answer['body'] => {
    expect({ status, body }).toMatchObject({ status: expected });
    return body;
  };
}
