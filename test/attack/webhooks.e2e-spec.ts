import { randomUUID } from 'node:crypto';
import { aUser, call, type Tokens } from '../e2e/client.ts';
import { runCommand } from '../e2e/command.ts';
import { freshStorage, type Gateway, query, startGateway } from '../e2e/gateway.ts';
import { mailsOf } from './auth/mailbox.ts';
import { momentOf } from './auth/second-factor-user.ts';
import { aWebhookReceiver, type ReceiverAnswer, type WebhookReceiver } from './webhook-receiver.ts';

/** How many attempts a notification has, as docs/detection.md lists their pauses. */
const ATTEMPTS = 8;

/** How many webhooks an instance sends at once. */
const AT_ONCE = 4;

/** An answer of a gigabyte is not read: what is on its way in buffers of the system is less than that. Bytes. */
const MOST_TAKEN = 33_554_432;

/** An attempt at a receiver that hangs takes ten seconds; a busy machine takes its own time on top. */
const patient = { timeout: 60_000 };

vi.setConfig({ testTimeout: 180_000 });

describe('a webhook receiver that', () => {
  let receiver: WebhookReceiver;
  let gateway: Gateway;

  beforeAll(async () => {
    receiver = await aWebhookReceiver();
    gateway = await startGateway({
      environment: {
        ...(await freshStorage()),
        REFRESH_GRACE: '0s',
        ALERT_WEBHOOK_URL: receiver.url,
        ALERT_WEBHOOK_SECRET: receiver.secret,
        ALERT_MAIL_TO: 'operators@example.org',
      },
    });
  });
  beforeEach(async () => {
    await query(gateway, 'delete from security_notifications');
    await vi.waitUntil(async () => (await receiver.connections()) === 0, patient);
  });
  afterAll(() => receiver.close());

  /** A refresh token in two hands. */
  async function raise(): Promise<void> {
    const { refreshToken } = await aUser(gateway);
    const renew = (token: string) =>
      call<Tokens>(gateway, '/api/auth/refresh', { body: { refreshToken: token } });
    await renew((await renew(refreshToken)).data.refreshToken);
    expect((await renew(refreshToken)).status).toBe(401);
  }
  const webhook = async () => {
    const [row] = await query(
      gateway,
      `select state, attempts, reason, due_at as due from security_notifications
       where channel = 'webhook' order by id`,
    );
    return row;
  };
  const mails = () => mailsOf(gateway, 'operators@example.org').length;
  const becomes = (state: string, attempts: number, reason: string | null) =>
    expect.poll(webhook, patient).toMatchObject({ state, attempts, reason });
  /** How long it is paused after an attempt that has just failed. Milliseconds. */
  const pause = async () => {
    const { due } = (await webhook())!;
    return (due instanceof Date ? due.getTime() : Number(due)) - Date.now();
  };

  it.each<[ReceiverAnswer, string]>([
    ['drip', 'timeout'],
    [307, 'status_307'],
  ])('answers with %s has not taken the notification', async (answer, reason) => {
    receiver.answerWith(answer);
    await raise();
    await becomes('waiting', 1, reason);
  });

  it.each<ReceiverAnswer>(['drip body', 'flood'])(
    'answers with a %s has taken it: only the status is read',
    async (answer) => {
      receiver.answerWith(answer);
      const { calls } = receiver;
      await raise();
      await becomes('sent', 0, null);
      await expect.poll(() => receiver.connections()).toBe(0);
      expect(receiver.calls).toBe(calls + 1);
      expect(receiver.bytesWritten).toBeLessThan(MOST_TAKEN);
    },
  );

  it('hangs is tried again later and later, and then given up, with the reason', async () => {
    receiver.answerWith('hang');
    const { calls } = receiver;
    await raise();
    await becomes('waiting', 1, 'timeout');
    const first = await pause();
    // The next attempt comes by itself.
    await becomes('waiting', 2, 'timeout');
    expect(await pause()).toBeGreaterThan(first);
    const now = momentOf(gateway, Date.now());
    await query(
      gateway,
      `update security_notifications set attempts = ${ATTEMPTS - 1}, due_at = ${now}
       where channel = 'webhook'`,
    );
    await becomes('dead', ATTEMPTS, 'timeout');
    expect(receiver.calls).toBe(calls + 3);
    const dead = await runCommand(gateway, 'notifications', 'list', '--state', 'dead');
    expect(dead.stdout).toMatch(/dead     webhook .* attempts: 8  timeout$/m);
  });

  it('hangs stops neither mails, nor the rest of the service, nor worse news', async () => {
    receiver.answerWith('hang');
    const [calls, before] = [receiver.calls, mails()];
    const raised = 3 * AT_ONCE;
    for (let n = 0; n < raised; n += 1) await raise();
    // All mails come, whatever number of webhooks waits for the receiver.
    await expect.poll(() => mails() - before).toBe(raised);
    expect(receiver.received).toEqual([]);
    expect(receiver.calls - calls).toBeGreaterThanOrEqual(AT_ONCE);
    expect(receiver.calls - calls).toBeLessThan(raised);
    expect((await call(gateway, '/health/ready')).status).toBe(200);
    // The worst comes first, although others have waited for longer.
    const worst = await anEventOfTheAuditChain();
    receiver.answerWith(204);
    await expect.poll(() => receiver.received.length, patient).toBeGreaterThan(0);
    expect(receiver.received[0]!.event.id).toBe(worst);
  });

  async function anEventOfTheAuditChain(): Promise<string> {
    const [id, now] = [randomUUID(), momentOf(gateway, Date.now())];
    await query(
      gateway,
      `insert into security_events (id, rule, severity, subject_type, evidence, count,
         first_seen_at, last_seen_at, instance)
       values ('${id}', 'audit-chain', 4, 'service', '{}', 1, ${now}, ${now}, '')`,
    );
    await query(
      gateway,
      `insert into security_notifications
         (id, event_id, channel, severity, state, attempts, created_at, due_at)
       values ('${randomUUID()}', '${id}', 'webhook', 4, 'waiting', 0, ${now}, ${now})`,
    );
    return id;
  }
});
