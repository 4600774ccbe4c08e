import { readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { aWebhookReceiver, type WebhookReceiver } from '../attack/webhook-receiver.ts';
import { aUser, call, type Tokens, type User } from '../e2e/client.ts';
import {
  aSecret,
  freePort,
  type Gateway,
  PROCESS_ENVIRONMENT,
  startGateway,
} from '../e2e/gateway.ts';

const PAGE = readFileSync('docs/three-in-the-morning.md', 'utf8');

/** A command, and what the page shows of its output. */
interface Step {
  readonly command: string;
  readonly shown: string;
}

const blocks = (language: string) =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, text]) => text!,
  );

const steps = blocks('console')
  .flatMap((block) => block.split(/^\$ /m).slice(1))
  .map((step): Step => {
    const [command, ...lines] = step.split('\n');
    return { command: command!, shown: lines.join('\n').trimEnd() };
  });

const ID = String.raw`[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}`;
const TIME = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;

/** The values that the page has names for, as they were met. */
class NamedValues {
  private readonly values = new Map<string, string>();

  set(name: string, value: string): void {
    this.values.set(name, value);
  }

  /** The text with each name replaced by its value. */
  into(text: string): string {
    return text.replaceAll(/<([a-z -]+)>/g, (all, name: string) => this.values.get(name) ?? all);
  }

  /** A pattern for what is shown; names that are met for the first time are its groups. */
  patternOf(shown: string): { pattern: RegExp; met: readonly string[] } {
    const met: string[] = [];
    const source = this.into(shown.trimEnd())
      .replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
      .replaceAll('…', '[^]*?')
      .replaceAll(/<([a-z-]+)>/g, (_, name: string) => {
        if (name === 'time') return TIME;
        if (met.includes(name)) return `\\${met.indexOf(name) + 1}`;
        met.push(name);
        return `(${ID})`;
      });
    return { pattern: new RegExp(`^${source}$`), met };
  }

  /** Takes over the values that a text has in place of names. */
  learn(shown: string, text: string): void {
    const { pattern, met } = this.patternOf(shown);
    const values = pattern.exec(text)?.slice(1) ?? [];
    met.forEach((name, index) => this.set(name, values[index]!));
  }
}

/** In a shell, as it is typed; npm itself is left out, for its time. */
async function typed(gateway: Gateway, command: string): Promise<string> {
  const cli = `node ${resolve('dist/apps/gateway/src/cli.js')}`;
  const child = spawn('bash', ['-c', command.replace(/^gateway /, `${cli} `)], {
    env: { ...PROCESS_ENVIRONMENT, ...gateway.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  await new Promise((done) => child.once('close', done));
  return output.trimEnd();
}

describe('docs/three-in-the-morning.md', { timeout: 300_000 }, () => {
  let receiver: WebhookReceiver;
  let gateway: Gateway;
  let ada: User;

  beforeAll(async () => {
    receiver = await aWebhookReceiver();
    const environment = {
      NODE_ENV: 'production',
      // The doctor calls the gateway where it listens.
      PORT: String(await freePort()),
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
      TRUST_PROXY: 'loopback',
      METRICS_TOKEN: aSecret(),
      ALERT_WEBHOOK_URL: receiver.url,
      ALERT_WEBHOOK_SECRET: receiver.secret,
      // Their defaults.
      LIMIT_API: '',
      LIMIT_GLOBAL: '',
      LIMIT_LOGIN: '',
      LIMIT_CHAT: '',
    };
    gateway = await startGateway({ environment });
    ada = await aUser(gateway);
  });
  afterAll(() => receiver.close());

  const renew = (refreshToken: string, address: string) =>
    call<Tokens>(gateway, '/api/auth/refresh', {
      headers: { 'X-Forwarded-For': address, 'X-Forwarded-Proto': 'https' },
      body: { refreshToken },
    });

  it('shows what an operator sees, from the alert to the report', async () => {
    const stolen = ada.refreshToken;
    const thief = await renew(stolen, '203.0.113.9');
    await renew(thief.data.refreshToken, '203.0.113.9');
    expect((await renew(stolen, '198.51.100.7')).status).toBe(401);
    await expect.poll(() => receiver.received.length).toBe(1);

    const names = new NamedValues();
    names.set('an hour ago', new Date(Date.now() - 3_600_000).toISOString());
    const [alert] = blocks('json');
    const expectShown = (shown: string, text: string) => {
      expect(text).toMatch(names.patternOf(shown).pattern);
      names.learn(shown, text);
    };
    expectShown(alert!, JSON.stringify(receiver.received[0]!.event, null, 2));
    for (const { command, shown } of steps) {
      expectShown(shown, await typed(gateway, names.into(command)));
    }
    expect(steps.length).toBeGreaterThan(20);
  });
});
