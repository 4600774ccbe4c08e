import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { OutboxMailer } from '../outbox/outbox.mailer.js';
import { SmtpMailer } from '../smtp/smtp.mailer.js';
import { startMailServer } from '../testing/mail-server.js';
import { selfSigned } from '../testing/self-signed.js';
import type { Mailer } from './mailer.js';
import { senderOf } from './sender.js';

/** What this process believes, as if an operator had named it in `NODE_EXTRA_CA_CERTS`. */
const TRUSTED = selfSigned();
setDefaultCACertificates([...getCACertificates(), TRUSTED.cert]);

const FROM = { name: 'Example App', address: 'noreply@example.org' };

interface Delivery {
  readonly mailer: Mailer;
  /** The mails that have arrived, as they are. */
  received(): string[];
}

const mailers: { name: string; open: (from?: typeof FROM) => Promise<Delivery> }[] = [
  { name: 'into the outbox', open: anOutbox },
  { name: 'by a mail server, over STARTTLS', open: (from) => aMailServer(false, from) },
  { name: 'by a mail server, over TLS from the start', open: (from) => aMailServer(true, from) },
];

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0)) await cleanUp();
});

function anOutbox(from = FROM): Promise<Delivery> {
  const path = mkdtempSync(join(tmpdir(), 'outbox-'));
  const mailer = new OutboxMailer(path, from);
  cleanups.push(
    () => mailer.close(),
    () => rmSync(path, { recursive: true }),
  );
  const received = () => readdirSync(path).map((name) => readFileSync(join(path, name), 'utf8'));
  return Promise.resolve({ mailer, received });
}

async function aMailServer(isTlsFromTheStart: boolean, from = FROM): Promise<Delivery> {
  const server = await startMailServer({ certificate: TRUSTED, isTlsFromTheStart });
  const mailer = new SmtpMailer(
    {
      host: 'localhost',
      port: server.port,
      isTlsFromTheStart,
      requiresTls: true,
      login: server.login,
    },
    from,
  );
  cleanups.push(
    () => mailer.close(),
    () => server.stop(),
  );
  return { mailer, received: () => server.received.map(({ raw }) => raw) };
}

describe.each(mailers)('a mail $name', ({ open }) => {
  const mail = {
    accountId: '01a20de4-0000-7000-8000-00000000000a',
    to: 'ada@example.org',
    subject: 'Your password',
    text: 'Hello\n\nSome words.\n',
  };

  it('arrives as plain text from the sender that is configured', async () => {
    const { mailer, received } = await open();
    await mailer.deliver(mail);
    expect(received()[0]).not.toContain(mail.accountId);
    const [head = '', body] = received()[0]!.split('\r\n\r\n');
    const headers = new Map(
      head.split('\r\n').map((line) => line.split(': ', 2) as [string, string]),
    );
    expect(headers.get('From')).toBe('Example App <noreply@example.org>');
    expect(headers.get('To')).toBe('ada@example.org');
    expect(headers.get('Subject')).toBe('Your password');
    expect(headers.get('Content-Type')).toBe('text/plain; charset=utf-8');
    expect(headers.get('Auto-Submitted')).toBe('auto-generated');
    expect([...headers.keys()].toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      'Auto-Submitted',
      'Content-Transfer-Encoding',
      'Content-Type',
      'Date',
      'From',
      'MIME-Version',
      'Message-ID',
      'Subject',
      'To',
    ]);
    expect(body).toBe('Hello');
  });

  it.each([
    ['Müller GmbH <noreply@example.org>', '=?UTF-8?Q?M=C3=BCller_GmbH?= <noreply@example.org>'],
    ['"Acme, Inc." <noreply@example.org>', '"Acme, Inc." <noreply@example.org>'],
  ])('arrives from %s, encoded', async (configured, header) => {
    const { mailer, received } = await open(senderOf(configured));
    await mailer.deliver(mail);
    expect(/^From: (.*)\r$/m.exec(received()[0]!)?.[1]).toBe(header);
  });

  it('arrives once each, however many are sent at once', async () => {
    const { mailer, received } = await open();
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        mailer.deliver({ ...mail, subject: `Number ${index}` }),
      ),
    );
    const subjects = received().map((raw) => /^Subject: (.*)\r$/m.exec(raw)?.[1]);
    expect(new Set(subjects).size).toBe(20);
    expect(subjects).toHaveLength(20);
  });

  it.each([
    ['a recipient with a line break', { ...mail, to: 'ada@example.org\r\nBcc: eve@example.net' }],
    ['two recipients', { ...mail, to: 'ada@example.org, eve@example.net' }],
    ['a recipient with a name', { ...mail, to: 'Ada <ada@example.org>' }],
    ['a subject with a line break', { ...mail, subject: 'Hello\r\nBcc: eve@example.net' }],
    ['a subject that would be encoded', { ...mail, subject: 'Grüße' }],
    ['no subject', { ...mail, subject: '' }],
  ])('is refused with %s, for good', async (_, bad) => {
    const { mailer, received } = await open();
    await expect(mailer.deliver(bad)).rejects.toMatchObject({ code: 'EMAIL', isFinal: true });
    expect(received()).toEqual([]);
  });

  it('keeps what looks like a header or a command as its text', async () => {
    const { mailer, received } = await open();
    const text = 'Bcc: eve@example.net\r\n\r\n.\r\nQUIT\r\n';
    await mailer.deliver({ ...mail, text });
    expect(received()).toHaveLength(1);
    const at = received()[0]!.indexOf('\r\n\r\n');
    expect(received()[0]!.slice(0, at)).not.toContain('eve');
    expect(received()[0]!.slice(at + 4)).toBe(text);
  });

  it.each(['path', 'href'])(
    'reads nothing from a %s that takes the place of its text',
    async (by) => {
      const { mailer, received } = await open();
      const secret = join(mkdtempSync(join(tmpdir(), 'secret-')), 'file');
      cleanups.push(() => rmSync(dirname(secret), { recursive: true }));
      writeFileSync(secret, 'what nobody may read');
      const text = { [by]: by === 'path' ? secret : `file://${secret}` } as unknown as string;
      await expect(mailer.deliver({ ...mail, text })).rejects.toThrow('the mail was not delivered');
      expect(received().join('')).not.toContain('nobody may read');
    },
  );
});

describe('a mail server', () => {
  const mail = { accountId: 'ada', to: 'ada@example.org', subject: 'Hello', text: 'Hello' };
  const settings = { host: 'localhost', isTlsFromTheStart: false, requiresTls: true };

  function mailerFor(port: number, over: object = {}): SmtpMailer {
    const mailer = new SmtpMailer({ ...settings, port, login: undefined, ...over }, FROM);
    cleanups.push(() => mailer.close());
    return mailer;
  }

  it('gets neither mail nor password if it does not offer TLS', async () => {
    const server = await startMailServer({ isPlain: true });
    cleanups.push(() => server.stop());
    const mailer = mailerFor(server.port, { login: server.login });
    await expect(mailer.deliver(mail)).rejects.toMatchObject({ isFinal: false });
    expect(server.received).toEqual([]);
    await mailerFor(server.port, { requiresTls: false }).deliver(mail);
    expect(server.received).toMatchObject([{ isEncrypted: false, to: ['ada@example.org'] }]);
  });

  it.each([
    ['STARTTLS', false],
    ['TLS from the start', true],
  ])(
    'gets nothing over %s if no authority signed its certificate',
    async (_, isTlsFromTheStart) => {
      const server = await startMailServer({ isTlsFromTheStart });
      cleanups.push(() => server.stop());
      const over = { login: server.login, isTlsFromTheStart };
      await expect(mailerFor(server.port, over).deliver(mail)).rejects.toMatchObject({
        isFinal: false,
      });
      expect(server.received).toEqual([]);
      // Only the certificate is refused: with SMTP_INSECURE the mail is delivered.
      await mailerFor(server.port, { ...over, requiresTls: false }).deliver(mail);
      expect(server.received).toMatchObject([{ isEncrypted: true }]);
    },
  );

  it.each([
    [550, true],
    [451, false],
  ])('that answers %i is final: %s, and its words go no further', async (refusesWith, isFinal) => {
    const server = await startMailServer({ isPlain: true, refusesWith });
    cleanups.push(() => server.stop());
    const error: unknown = await mailerFor(server.port, { requiresTls: false })
      .deliver(mail)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ replyCode: refusesWith, isFinal });
    expect(JSON.stringify([error, (error as Error).message, (error as Error).stack])).not.toContain(
      'ada@',
    );
  });

  it('keeps its connection for the next mail', async () => {
    const server = await startMailServer({ isPlain: true });
    cleanups.push(() => server.stop());
    const mailer = mailerFor(server.port, { requiresTls: false });
    for (let sent = 0; sent < 5; sent += 1) await mailer.deliver(mail);
    expect(server.received).toHaveLength(5);
    expect(server.connections()).toBe(1);
  });

  it('that is not there is worth another attempt', async () => {
    const server = await startMailServer();
    await server.stop();
    await expect(mailerFor(server.port).deliver(mail)).rejects.toMatchObject({ isFinal: false });
  });
});
