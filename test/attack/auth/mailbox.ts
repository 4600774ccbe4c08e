import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { aUser, call, type User } from '../../e2e/client.ts';
import { isSecret } from '../../e2e/evidence.ts';
import { type Gateway, query } from '../../e2e/gateway.ts';

/** A parsed mail. */
export interface ReadMail {
  readonly to: string;
  readonly subject: string;
  /** All headers, unparsed. */
  readonly head: string;
  readonly text: string;
  /** The token, which has a line of its own, if there is one. */
  readonly token: string | undefined;
}

export const outboxOf = ({ environment }: Pick<Gateway, 'environment'>) =>
  join(environment.DATA_DIR!, 'outbox');

/** The mails in the outbox, oldest first. */
export function mailsOf(gateway: Pick<Gateway, 'environment'>, to?: string): ReadMail[] {
  let names: string[] = [];
  try {
    names = readdirSync(outboxOf(gateway));
  } catch {
    // There is no outbox before the first mail.
  }
  return names
    .filter((name) => name.endsWith('.eml'))
    .toSorted()
    .map((name) => readMail(readFileSync(join(outboxOf(gateway), name), 'utf8')))
    .filter((mail) => to === undefined || mail.to === to);
}

export function readMail(raw: string): ReadMail {
  const at = raw.indexOf('\r\n\r\n');
  const head = raw.slice(0, at);
  const text = /^Content-Transfer-Encoding: quoted-printable$/im.test(head)
    ? fromQuotedPrintable(raw.slice(at + 4))
    : raw.slice(at + 4);
  const token = /^([\w-]{43})\r?$/m.exec(text)?.[1];
  isSecret(token);
  return {
    to: /^To: (.*?)\r?$/m.exec(head)?.[1] ?? '',
    subject: /^Subject: (.*?)\r?$/m.exec(head)?.[1] ?? '',
    head,
    text: text.replaceAll('\r\n', '\n'),
    token,
  };
}

function fromQuotedPrintable(text: string): string {
  const bytes = text
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

const WAIT = { timeout: 30_000, interval: 20 };

/** Waits for `count` mails to an address and returns them. */
export async function untilMails(gateway: Gateway, to: string, count: number): Promise<ReadMail[]> {
  await vi.waitFor(() => expect(mailsOf(gateway, to).length).toBeGreaterThanOrEqual(count), WAIT);
  return mailsOf(gateway, to);
}

/** The tokens mailed to an address, oldest first. */
export const tokensTo = (gateway: Gateway, to: string): string[] =>
  mailsOf(gateway, to).flatMap(({ token }) => token ?? []);

/** The last of `count` tokens mailed to an address. */
export async function tokenFor(gateway: Gateway, to: string, count = 1): Promise<string> {
  await vi.waitFor(() => expect(tokensTo(gateway, to).length).toBeGreaterThanOrEqual(count), WAIT);
  return tokensTo(gateway, to).at(-1)!;
}

/**
 * Resolves when every mail requested before this call has been written or dropped. Mails are written concurrently and
 * some are delayed, so one mail says nothing about another; the log reports each, at LOG_LEVEL=debug.
 */
export async function untilQuiet(gateway: Gateway): Promise<void> {
  const { token } = await aUser(gateway);
  const body = { email: anAddress() };
  const { headers } = await call(gateway, '/api/auth/email', { method: 'PUT', token, body });
  const marker = headers.get('x-request-id')!;
  await vi.waitFor(() => {
    const lines = gateway.log().split('\n');
    const [asked, settled] = ['mail.asked', 'mail.settled'].map((event) =>
      lines.filter((line) => line.includes(`"event":"${event}"`)),
    ) as [string[], string[]];
    // Log lines are written in order, in blocks: once this line is present, so are those of all earlier mails.
    expect(asked.some((line) => line.includes(marker))).toBe(true);
    expect(settled).toHaveLength(asked.length);
  }, WAIT);
}

export const anAddress = () => `a${randomUUID().replaceAll('-', '')}@example.org`;

export interface UserWithEmail extends User {
  readonly email: string;
}

/** Registers an account with a verified address. */
export async function aUserWithEmail(
  gateway: Gateway,
  email: string = anAddress(),
): Promise<UserWithEmail> {
  const user = await aUser(gateway);
  await call(gateway, '/api/auth/email', { method: 'PUT', token: user.token, body: { email } });
  const token = await tokenFor(gateway, email);
  const { status } = await call(gateway, '/api/auth/email/verify', {
    token: user.token,
    body: { token },
  });
  expect(status).toBe(200);
  return { ...user, email };
}

/** A time in the past as an SQL expression of the database. */
export function ago(gateway: Gateway, seconds: number): string {
  return gateway.environment.DATABASE_URL
    ? `now() - interval '${seconds} seconds'`
    : `(unixepoch() - ${seconds}) * 1000`;
}

/** Makes the mailed tokens of an account expire. */
export async function expireTokens(gateway: Gateway, userId: string): Promise<void> {
  const past = ago(gateway, 1);
  await query(
    gateway,
    `update email_tokens set expires_at = ${past} where account_id = '${userId}'`,
  );
}
