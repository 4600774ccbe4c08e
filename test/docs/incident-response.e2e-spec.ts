import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { aTotpUser } from '../attack/auth/second-factor-user.ts';
import { codeOf } from '../attack/auth/totp-code.ts';
import { aUser, call, type User } from '../e2e/client.ts';
import { isSecret } from '../e2e/evidence.ts';
import { type Gateway, PROCESS_ENVIRONMENT, query, startGateway } from '../e2e/gateway.ts';

const PAGE = readFileSync('docs/incident-response.md', 'utf8');

interface Block {
  readonly name: string;
  readonly text: string;
}

function blocks(language: string): Block[] {
  const found = PAGE.matchAll(new RegExp(`^\`\`\`${language} (\\S+)\\n([\\s\\S]*?)^\`\`\``, 'gm'));
  return [...found].map(([, name, text]) => ({ name: name!, text: text!.trimEnd() }));
}

/** What the page shows, as a pattern for what is printed. */
function pattern(shown: string): RegExp {
  const text = shown
    .replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
    .replaceAll('<id>', '[\\da-f-]{36}')
    .replaceAll('<time>', '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z')
    .replaceAll('…', '[^]*?')
    .replaceAll('operator', '[\\w-]+');
  return new RegExp(`^${text}\\s*$`);
}

const commands = blocks('sh');
const shown = blocks('text');

/** All commands of the page in one shell, as an operator types them; what each block printed. */
async function run(gateway: Gateway, input: string, cwd: string): Promise<Map<string, string>> {
  const cli = `node ${resolve('dist/apps/gateway/src/cli.js')}`;
  const script = commands
    .map(({ name, text }) => `printf '\\n=== %s\\n' ${name}\n${text}\n`)
    .join('')
    .replaceAll('npm run --silent gateway --', cli);
  const child = spawn('bash', ['-ec', script], {
    cwd,
    env: { ...PROCESS_ENVIRONMENT, ...gateway.environment, URL: gateway.url },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(input);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise((done) => child.once('close', done));
  if (code !== 0) throw new Error(`exit code ${String(code)}:\n${stdout}\n${stderr}`);
  const parts = stdout.split(/^=== (\S+)\n/m).slice(1);
  return new Map(commands.map(({ name }, index) => [name, parts[2 * index + 1] ?? '']));
}

describe('docs/incident-response.md', { timeout: 570_000 }, () => {
  const headers = { 'X-Forwarded-For': '203.0.113.9' };
  const signIn = (gateway: Gateway, { username }: User, password: string) =>
    call(gateway, '/api/auth/login', { headers, body: { username, password } });

  it('is one story, from detection to the report, of commands that do what they show', async () => {
    const environment = {
      TRUST_PROXY: 'loopback',
      DETECTION_PASSWORD_SPRAYING: '3/15m',
      // The operator is to do it.
      DETECTION_BLOCK: '0s',
    };
    const gateway = await startGateway({ environment });
    const admin = await aTotpUser(gateway);
    await query(gateway, `update accounts set role = 'admin' where id = '${admin.userId}'`);
    const victims = [await aUser(gateway), await aUser(gateway), await aUser(gateway)];
    for (const victim of victims) {
      for (const guess of ['a guess', 'another guess']) await signIn(gateway, victim, guess);
    }
    await signIn(gateway, victims[0]!, victims[0]!.password);
    const found = async () => (await query(gateway, 'select id from security_events')).length;
    await expect.poll(found).toBeGreaterThan(0);

    const folder = mkdtempSync(join(tmpdir(), 'incident-'));
    const code = codeOf(admin.secret);
    isSecret(admin.password);
    const printed = await run(gateway, `${admin.username}\n${admin.password}\n${code}\n`, folder);

    for (const { name, text } of shown) {
      expect([name, printed.get(name)]).toEqual([name, expect.stringMatching(pattern(text))]);
    }
    expect(shown.map(({ name }) => name)).toEqual(
      commands.map(({ name }) => name).filter((name) => name !== 'sign-in'),
    );
    const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as {
      closedAt: string | null;
      accounts: { accountId: string }[];
      timeline: { kind: string }[];
    };
    expect(report.closedAt).not.toBeNull();
    expect(report.accounts.map(({ accountId }) => accountId)).toEqual([victims[0]!.userId]);
    const kinds = new Set(report.timeline.map(({ kind }) => kind));
    expect([...kinds].toSorted()).toEqual(
      [
        'accounts_added',
        'action',
        'assessed',
        'closed',
        'event',
        'item_added',
        'item_settled',
        'note',
        'opened',
        'phase_changed',
      ].toSorted(),
    );
    // It did what it says: the account is signed out, the address is refused.
    const refused = await call(gateway, '/api/health', { headers });
    expect(refused.status).toBe(403);
    const { token } = victims[0]!;
    await expect
      .poll(async () => (await call(gateway, '/api/auth/me', { token })).status)
      .toBe(401);
  });
});
