import { randomInt, randomUUID } from 'node:crypto';
import { aUser, call, type CallOptions, type Tokens, type User } from '../e2e/client.ts';
import { runCommand } from '../e2e/command.ts';
import { aSecret, freshStorage, type Gateway, query, startGateway } from '../e2e/gateway.ts';
import { mailsOf } from './auth/mailbox.ts';
import { aTotpUser } from './auth/second-factor-user.ts';
import { aWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

const isScaled = process.env.E2E_DATABASE_URL !== undefined;

interface Event {
  readonly id: string;
  readonly rule: string;
  readonly severity: string;
  readonly accountId: string | null;
  readonly address: string | null;
  readonly evidence: Record<string, unknown>;
  readonly count: number;
  readonly containment: string | null;
  readonly acknowledgedAt: string | null;
}

interface Notification {
  readonly id: string;
  readonly eventId: string;
  readonly channel: string;
  readonly state: string;
  readonly attempts: number;
  readonly reason: string | null;
}

/** Redis has the counters of earlier runs. */
const anAddress = (network = `45.${randomInt(256)}.${randomInt(256)}`) =>
  `${network}.${1 + randomInt(254)}`;

describe('detection', { timeout: 180_000 }, () => {
  const spared = `46.${randomInt(256)}.${randomInt(256)}`;
  let receiver: WebhookReceiver;
  let environment: Record<string, string>;
  let gateways: Gateway[];
  let gateway: Gateway;
  let admin: User;

  beforeAll(async () => {
    receiver = await aWebhookReceiver();
    environment = {
      ...(await freshStorage()),
      ...(process.env.E2E_REDIS_URL && { REDIS_URL: process.env.E2E_REDIS_URL }),
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
      TRUST_PROXY: 'loopback',
      REFRESH_GRACE: '0s',
      DETECTION_PASSWORD_SPRAYING: '4/15m',
      DETECTION_REFUSAL_BURST: '20/5m',
      DETECTION_SPARE: `${spared}.0/24`,
      ALERT_WEBHOOK_URL: receiver.url,
      ALERT_WEBHOOK_SECRET: receiver.secret,
      ALERT_MAIL_TO: 'operators@example.org',
      ALERT_SEVERITY: 'medium',
    };
    gateways = await Promise.all(
      Array.from({ length: isScaled ? 2 : 1 }, () => startGateway({ environment })),
    );
    [gateway] = gateways as [Gateway];
    admin = await aTotpUser(gateway);
    await query(gateway, `update accounts set role = 'admin' where id = '${admin.userId}'`);
    await vi.waitUntil(async () => (await asAdmin('/api/admin/events')).status === 200, {
      timeout: 20_000,
    });
  });
  afterAll(() => receiver.close());

  const asAdmin = <Data>(path: string, options: CallOptions = {}, to = gateway) =>
    call<Data>(to, path, { token: admin.token, ...options });
  const events = async (filter: string) =>
    (await asAdmin<{ events: Event[] }>(`/api/admin/events?${filter}`)).data.events;
  const notifications = async (filter = '') =>
    (await asAdmin<{ notifications: Notification[] }>(`/api/admin/notifications?${filter}`)).data
      .notifications;
  const from = (address: string, path: string, options: CallOptions = {}, to = gateway) =>
    call<Tokens>(to, path, { ...options, headers: { 'X-Forwarded-For': address } });
  const guess = (address: string, username = `victim-${randomUUID()}`, to = gateway) =>
    from(address, '/api/auth/login', { body: { username, password: 'Winter2026!' } }, to);
  const spray = async (address: string, times = 4) => {
    // In turn on all instances: without Redis each counts alone.
    for (let n = 0; n < times; n += 1) {
      await guess(
        address,
        undefined,
        process.env.E2E_REDIS_URL ? gateways[n % gateways.length] : gateway,
      );
    }
  };
  const statuses = (address: string) =>
    Promise.all(gateways.map(async (to) => (await from(address, '/api/health', {}, to)).status));
  const isReceived = (id: string) => receiver.received.filter(({ event }) => event.id === id);

  it('contains an address that sprays, on all instances, and tells the operator once on each way', async () => {
    const address = anAddress();
    await spray(address);
    await expect.poll(() => statuses(address)).toEqual(gateways.map(() => 403));
    const [event] = await events(`address=${address}`);
    expect(event).toMatchObject({
      rule: 'password-spraying',
      severity: 'medium',
      evidence: { accounts: 4, signedIn: 0 },
      containment: 'blocked',
      acknowledgedAt: null,
    });
    await expect.poll(() => isReceived(event!.id)).toHaveLength(1);
    const mails = () =>
      mailsOf(gateway, 'operators@example.org').filter(({ text }) => text.includes(event!.id));
    await expect.poll(mails).not.toEqual([]);
    const [mail] = mails();
    expect(mail!.subject).toBe('Security event: password-spraying (medium)');
    expect(mail!.text).not.toContain(address);
    await expect
      .poll(async () =>
        (await notifications('state=sent')).filter(({ eventId }) => eventId === event!.id),
      )
      .toHaveLength(2);
    expect(isReceived(event!.id)).toHaveLength(1);
    await expect
      .poll(() => gateways.map((one) => one.log()).join(''))
      .toMatch(/"event":"security\.detected".*"action":"password-spraying"/);
  });

  it('folds what it finds again into one event, until an operator has acknowledged it', async () => {
    const address = anAddress(spared);
    const scan = async (times: number) => {
      for (let n = 0; n < times; n += 1) await from(address, `/api/unknown-${n}`);
    };
    await scan(25);
    await expect.poll(async () => (await events(`address=${address}`))[0]?.count).toBe(6);
    const [first] = await events(`address=${address}`);
    expect(first).toMatchObject({ rule: 'refusal-burst', containment: 'spared' });
    expect(await statuses(address)).toEqual(gateways.map(() => 200));
    await scan(4);
    await expect.poll(async () => (await events(`address=${address}`))[0]?.count).toBe(10);
    const path = `/api/admin/events/${first!.id}`;
    const acknowledged = await asAdmin<Event>(`${path}/acknowledge`, { method: 'POST' });
    expect(acknowledged.data.acknowledgedAt).not.toBeNull();
    expect((await asAdmin<Event>(path)).data).toEqual(acknowledged.data);
    await scan(1);
    await expect.poll(async () => (await events(`address=${address}&state=open`)).length).toBe(1);
    expect(await events(`address=${address}`)).toHaveLength(2);
    expect((await events(`address=${address}&state=acknowledged`)).map(({ id }) => id)).toEqual([
      first!.id,
    ]);
  });

  it('leaves an address alone that other accounts are used from', async () => {
    const network = `45.${randomInt(256)}.${randomInt(256)}`;
    const address = anAddress(network);
    const people = await Promise.all([1, 2, 3].map(() => aUser(gateway)));
    const ids = people.map(({ userId }) => `'${userId}'`).join(', ');
    const before = isScaled ? `now() - interval '2 days'` : `${Date.now() - 2 * 86_400_000}`;
    await query(
      gateway,
      `update sessions set ip = '${network}.0', created_at = ${before} where account_id in (${ids})`,
    );
    await spray(address);
    await expect
      .poll(async () => (await events(`address=${address}`))[0]?.containment)
      .toBe('shared');
    expect(await statuses(address)).toEqual(gateways.map(() => 200));
  });

  it('tells of a refresh token in two hands, and sends it again until it is taken', async () => {
    receiver.answerWith(503);
    const user = await aUser(gateway);
    const renew = (refreshToken: string) =>
      call<Tokens>(gateway, '/api/auth/refresh', { body: { refreshToken } });
    const next = (await renew(user.refreshToken)).data;
    await renew(next.refreshToken);
    expect((await renew(user.refreshToken)).status).toBe(401);
    const found = () => events(`accountId=${user.userId}&severity=high`);
    await expect.poll(async () => (await found())[0]?.rule).toBe('refresh-reuse');
    const [event] = await found();
    const ofEvent = async () =>
      (await notifications()).find(
        ({ eventId, channel }) => eventId === event!.id && channel === 'webhook',
      )!;
    await expect.poll(async () => (await ofEvent()).reason).toBe('status_503');
    // It waits in the database: the process that found it need not be the one that sends it.
    await Promise.all(gateways.splice(0).map((one) => one.stop()));
    receiver.answerWith(204);
    gateway = await startGateway({ environment });
    gateways.push(gateway);
    await expect.poll(() => isReceived(event!.id)).toHaveLength(1);
    const { id } = isReceived(event!.id)[0]!;
    await expect.poll(ofEvent).toMatchObject({ id, state: 'sent', attempts: 1, reason: null });
  });

  it('follows no redirect, and shows what could not be delivered, by API and command', async () => {
    receiver.answerWith(307);
    const before = receiver.calls;
    const address = anAddress();
    await spray(address);
    const newest = async () =>
      (await notifications('limit=5')).find(({ channel }) => channel === 'webhook')!;
    await expect.poll(async () => (await newest()).reason).toBe('status_307');
    expect(receiver.calls).toBe(before + 1);
    const { id } = await newest();
    await query(
      gateway,
      `update security_notifications set state = 'dead', attempts = 8 where id = '${id}'`,
    );
    const dead = await runCommand(gateway, 'notifications', 'list', '--state', 'dead');
    expect(dead.stdout).toMatch(new RegExp(`^${id}  dead     webhook .* status_307$`, 'm'));
    expect((await notifications('state=dead')).map((one) => one.id)).toEqual([id]);
    receiver.answerWith(204);
    const again = await asAdmin(`/api/admin/notifications/${id}/retry`, { method: 'POST' });
    expect(again.data).toMatchObject({ state: 'waiting', attempts: 0 });
    await expect.poll(() => receiver.received.some((one) => one.id === id)).toBe(true);
    const unknown = await asAdmin(`/api/admin/notifications/${id}/retry`, { method: 'POST' });
    expect(unknown.body.error?.code).toBe('notification_not_found');
    expect((await runCommand(gateway, 'notifications', 'retry', randomUUID())).code).toBe(1);
    const listed = await runCommand(gateway, 'events', 'list', '--severity', 'medium', '--json');
    expect(listed.stdout).toContain(address);
    const [event] = await events(`address=${address}`);
    expect((await runCommand(gateway, 'events', 'acknowledge', event!.id)).code).toBe(0);
    expect((await events(`address=${address}`))[0]!.acknowledgedAt).not.toBeNull();
  });

  it('is for operators with a second factor, and refuses what is no filter', async () => {
    const user = await aUser(gateway);
    for (const path of ['/api/admin/events', '/api/admin/notifications']) {
      expect((await call(gateway, path, { token: user.token })).status).toBe(403);
      expect((await call(gateway, path)).status).toBe(401);
    }
    for (const filter of ['severity=worst', 'state=seen', 'address=x', 'rule=A', 'accountId=1']) {
      expect((await asAdmin(`/api/admin/events?${filter}`)).status).toBe(400);
    }
    const none = await asAdmin(`/api/admin/events/${randomUUID()}`);
    expect(none.body.error?.code).toBe('security_event_not_found');
  });
});
