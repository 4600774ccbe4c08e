import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MailServer, startMailServer } from '../../../libs/mail/src/testing/mail-server.js';
import { selfSigned } from '../../../libs/mail/src/testing/self-signed.js';
import { aUser, call } from '../../e2e/client.ts';
import { aSecret, freePort, type Gateway, startGateway } from '../../e2e/gateway.ts';
import { anAddress, mailsOf, readMail } from './mailbox.ts';

const certificate = selfSigned();
const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
const authorities = join(folder, 'authorities.pem');
writeFileSync(authorities, certificate.cert);
afterAll(() => rmSync(folder, { recursive: true }));

const servers: MailServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function aMailServer(options: Parameters<typeof startMailServer>[0]): Promise<MailServer> {
  const server = await startMailServer({ certificate, ...options });
  servers.push(server);
  return server;
}

const aGateway = (port: number, environment: Record<string, string> = {}) =>
  startGateway({
    environment: {
      SMTP_URL: `smtp://gateway%40example.org:${encodeURIComponent('the mail server’s password')}@localhost:${port}`,
      MAIL_FROM: 'Example App <noreply@example.org>',
      NODE_EXTRA_CA_CERTS: authorities,
      ...environment,
    },
  });

const put = async (gateway: Gateway, email: string) => {
  const { token } = await aUser(gateway);
  return call(gateway, '/api/auth/email', { method: 'PUT', token, body: { email } });
};
/** It is a separate process, the TLS handshake is slow, and the log is written in blocks. */
const WAIT = { timeout: 60_000 };
const forgot = (gateway: Gateway, email: string) =>
  call(gateway, '/api/auth/password/forgot', { body: { email } });
const to = (server: MailServer, email: string) =>
  server.received.filter((mail) => mail.to.includes(email));

describe('a gateway with a mail server', { timeout: 180_000 }, () => {
  it('sends over TLS from the configured sender, and a reset works end to end', async () => {
    const server = await aMailServer({});
    const gateway = await aGateway(server.port);
    const user = await aUser(gateway);
    const email = anAddress();
    await call(gateway, '/api/auth/email', { method: 'PUT', token: user.token, body: { email } });
    await expect.poll(() => to(server, email).length, WAIT).toBe(1);
    expect(to(server, email)[0]).toMatchObject({
      isEncrypted: true,
      from: 'noreply@example.org',
      to: [email],
    });
    const { token } = readMail(to(server, email)[0]!.raw);
    const verified = await call(gateway, '/api/auth/email/verify', {
      token: user.token,
      body: { token },
    });
    expect(verified.status).toBe(200);
    await forgot(gateway, email);
    await expect.poll(() => to(server, email).length, WAIT).toBe(2);
    const body = {
      token: readMail(to(server, email)[1]!.raw).token,
      password: 'a different horse 7',
    };
    expect((await call(gateway, '/api/auth/password/reset', { body })).status).toBe(200);
    expect(mailsOf(gateway)).toEqual([]);
    expect(gateway.log()).not.toContain(email);
  });

  it('answers the same while the server is down, and sends once it is up', async () => {
    const port = await freePort();
    const gateway = await aGateway(port);
    const email = anAddress();
    expect(await put(gateway, email)).toMatchObject({ status: 200, body: { success: true } });
    await expect.poll(() => gateway.log(), WAIT).toContain('mail.delayed');
    const server = await aMailServer({ port });
    await expect.poll(() => to(server, email).length, WAIT).toBe(1);
    expect(gateway.log()).not.toContain(email);
  });

  it('answers the same if the server refuses the recipient, and logs no address', async () => {
    const server = await aMailServer({ refusesWith: 550 });
    const gateway = await aGateway(server.port);
    const email = anAddress();
    expect((await put(gateway, email)).status).toBe(200);
    await expect.poll(() => gateway.log(), WAIT).toContain('mail.failed');
    expect(gateway.log()).toContain('550');
    expect(gateway.log()).not.toContain(email);
  });

  /** `localhost` is exempt from STARTTLS, but not from the certificate check of `smtps:`. */
  const overTls = (port: number) =>
    aGateway(port, {
      SMTP_URL: `smtps://gateway%40example.org:${encodeURIComponent('the mail server’s password')}@localhost:${port}`,
    });

  it('sends over implicit TLS to a server whose certificate is trusted', async () => {
    const server = await aMailServer({ isTlsFromTheStart: true });
    const email = anAddress();
    await put(await overTls(server.port), email);
    await expect.poll(() => to(server, email), WAIT).toMatchObject([{ isEncrypted: true }]);
  });

  it('sends neither mail nor password over implicit TLS to an untrusted certificate', async () => {
    const server = await aMailServer({ isTlsFromTheStart: true, certificate: selfSigned() });
    const gateway = await overTls(server.port);
    expect((await put(gateway, anAddress())).status).toBe(200);
    await expect.poll(() => gateway.log(), WAIT).toContain('mail.delayed');
    expect(server.received).toEqual([]);
  });
});

describe('a production gateway without a mail server', () => {
  it('warns at its start that mails are not delivered', async () => {
    const gateway = await startGateway({
      environment: { NODE_ENV: 'production', JWT_SECRET: aSecret(), PASSWORD_PEPPER: aSecret() },
    });
    await expect.poll(() => gateway.log()).toContain('mail.unsent');
  });
});
