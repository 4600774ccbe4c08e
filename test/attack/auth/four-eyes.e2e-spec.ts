import { randomUUID } from 'node:crypto';
import { aUser, call, type CallOptions, type User } from '../../e2e/client.ts';
import { runCommand } from '../../e2e/command.ts';
import { type Gateway, query, startGateway } from '../../e2e/gateway.ts';
import { anAddress, mailsOf, untilMails, untilQuiet } from './mailbox.ts';
import { aRoleHolder } from './role-holder.ts';
import { challengeOf, complete, forgetUsedCodes, momentOf } from './second-factor-user.ts';
import { codeOf } from './totp-code.ts';

vi.setConfig({ testTimeout: 120_000 });

type Admin = Awaited<ReturnType<typeof aRoleHolder>>;
type Caller = Pick<User, 'token'>;

interface Confirmation {
  confirmationId: string;
  requesterId: string | null;
  confirmerId: string | null;
  arguments: Record<string, unknown>;
}

let gateway: Gateway;
let [asking, confirming]: Admin[] = [];
let user: User;
beforeAll(async () => {
  gateway = await startGateway({
    environment: {
      FOUR_EYES: 'on',
      LIMIT_GLOBAL: '5000/15m',
      LIMIT_LOGIN: '100/15m',
      LOG_LEVEL: 'debug',
    },
  });
  [asking, confirming] = [await aRoleHolder(gateway, 'admin'), await aRoleHolder(gateway, 'admin')];
});
beforeEach(async () => {
  user = await aUser(gateway);
});

const as = <Data>({ token }: Caller, path: string, options: CallOptions = {}) =>
  call<Data>(gateway, `/api/admin/${path}`, { token, ...options });
const grant = (admin: Caller, { userId }: { userId: string }, role = 'admin') =>
  as(admin, `users/${userId}/role`, { method: 'PUT', body: { role } });
const confirm = (admin: Caller, id: string) => as(admin, `confirmations/${id}`, { method: 'PUT' });
const codeAnswered = ({ body }: Awaited<ReturnType<typeof grant>>) => body.error?.code;
const roleOf = async ({ userId }: { userId: string }) =>
  (await query(gateway, `select role from accounts where id = '${userId}'`))[0]!.role;
const waiting = async () =>
  (await as<{ confirmations: Confirmation[] }>(confirming!, 'confirmations?limit=100')).data
    .confirmations;

/** The id of what waits after an administrator has asked. */
async function asked(admin: Caller, of = user): Promise<string> {
  const answer = await grant(admin, of);
  expect([answer.status, codeAnswered(answer)]).toEqual([409, 'confirmation_required']);
  const { confirmationId } = answer.body.error as unknown as { confirmationId: string };
  expect(await roleOf(of)).toBe('user');
  return confirmationId;
}

describe('what needs two administrators', () => {
  it('waits for another one, and is done once when it is repeated', async () => {
    const id = await asked(asking!);
    expect((await waiting()).find(({ confirmationId }) => confirmationId === id)).toMatchObject({
      act: 'grant-admin',
      arguments: { userId: user.userId },
      requesterId: asking!.userId,
      confirmerId: null,
    });
    expect(await asked(asking!)).toBe(id);
    expect((await confirm(confirming!, id)).status).toBe(200);
    expect((await grant(asking!, user)).status).toBe(200);
    expect(await roleOf(user)).toBe('admin');
    const records = await query(
      gateway,
      `select actor_id, outcome from audit_records where action = 'confirmation.given' and object_id = '${id}'`,
    );
    expect(records).toEqual([{ actor_id: confirming!.userId, outcome: 'succeeded' }]);

    // Used: neither the act nor the confirmation can be repeated.
    expect((await grant(asking!, user, 'user')).status).toBe(200);
    expect(await asked(asking!)).not.toBe(id);
    expect(codeAnswered(await confirm(confirming!, id))).toBe('confirmation_not_found');
  });

  it('leaves the other roles to one', async () => {
    expect((await grant(asking!, user, 'auditor')).status).toBe(200);
    expect((await grant(asking!, user, 'user')).status).toBe(200);
  });

  it('is not confirmed by the one who asks, from another session either', async () => {
    const id = await asked(asking!);
    expect(codeAnswered(await confirm(asking!, id))).toBe('own_request');
    await forgetUsedCodes(gateway, asking!);
    const challenge = await challengeOf(gateway, asking!);
    const second = await complete(gateway, { challenge, code: codeOf(asking!.secret) });
    const other = { token: second.data.accessToken };
    expect(codeAnswered(await confirm(other, id))).toBe('own_request');
    expect(codeAnswered(await grant(other, user))).toBe('confirmation_required');
    expect(await roleOf(user)).toBe('user');
  });

  it('holds for exactly what was confirmed, and for the one who asked', async () => {
    const other = await aUser(gateway);
    const id = await asked(asking!);
    expect((await confirm(confirming!, id)).status).toBe(200);
    expect(codeAnswered(await grant(asking!, other))).toBe('confirmation_required');
    expect(codeAnswered(await grant(confirming!, user))).toBe('confirmation_required');
    expect(await roleOf(user)).toBe('user');
    expect((await grant(asking!, user)).status).toBe(200);
  });

  it('is over with its time, before and after it was confirmed', async () => {
    const past = momentOf(gateway, Date.now() - 1);
    const id = await asked(asking!);
    await query(gateway, `update confirmations set expires_at = ${past} where id = '${id}'`);
    expect(codeAnswered(await confirm(confirming!, id))).toBe('confirmation_not_found');
    const next = await asked(asking!);
    expect((await confirm(confirming!, next)).status).toBe(200);
    await query(gateway, `update confirmations set expires_at = ${past} where id = '${next}'`);
    expect(await asked(asking!)).not.toBe(next);
  });

  it('can be refused, also after it was confirmed', async () => {
    const id = await asked(asking!);
    expect((await confirm(confirming!, id)).status).toBe(200);
    expect((await as(confirming!, `confirmations/${id}`, { method: 'DELETE' })).status).toBe(200);
    expect(await asked(asking!)).not.toBe(id);
  });

  it('does not count the word of an administrator who is none any more', async () => {
    const gone = await aRoleHolder(gateway, 'admin');
    const id = await asked(asking!);
    expect((await confirm(gone, id)).status).toBe(200);
    expect((await grant(asking!, gone, 'user')).status).toBe(200);
    expect(await asked(asking!)).toBe(id);
  });

  it('is done once of many at the same time', async () => {
    const id = await asked(asking!);
    expect((await confirm(confirming!, id)).status).toBe(200);
    const other = await aUser(gateway);
    const answers = await Promise.all([
      ...Array.from({ length: 5 }, () => grant(asking!, user)),
      ...Array.from({ length: 5 }, () => grant(asking!, other)),
    ]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await roleOf(other)).toBe('user');
    const same = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const third = await aUser(gateway);
        return (await confirm(confirming!, await asked(asking!, third))).status;
      }),
    );
    expect(same).toEqual([200, 200, 200, 200, 200]);
  });

  it('is asked for by a command and confirmed by an administrator, not by a command', async () => {
    const set = ['users', 'set-role', user.username, 'admin', '--json'];
    const first = await runCommand(gateway, ...set);
    expect([first.code, first.stdout]).toEqual([1, '']);
    expect(first.stderr).toContain('"code":"confirmation_required"');
    const open = (await waiting()).find(
      (one) => one.requesterId === null && one.arguments.userId === user.userId,
    )!;
    expect(codeAnswered(await grant(asking!, user))).toBe('confirmation_required');
    expect((await confirm(confirming!, open.confirmationId)).status).toBe(200);
    expect((await runCommand(gateway, ...set)).code).toBe(0);
    expect(await roleOf(user)).toBe('admin');
    const { stdout } = await runCommand(gateway, 'confirmations', 'list', '--json');
    expect(JSON.parse(stdout)).toEqual({ confirmations: expect.any(Array) as unknown[] });
  });

  it('is unknown to those who are no administrators', async () => {
    const auditor = await aRoleHolder(gateway, 'auditor');
    const id = await asked(asking!);
    expect((await confirm(auditor, id)).status).toBe(403);
    expect(codeAnswered(await confirm(confirming!, randomUUID()))).toBe('confirmation_not_found');
  });
});

describe('a request that waits', () => {
  const SUBJECT = 'A request waits for a second administrator';

  /** Has a verified address, until the test is over. */
  async function reachable(...accounts: readonly { userId: string }[]): Promise<string[]> {
    const addresses = accounts.map(anAddress);
    for (const [at, { userId }] of accounts.entries()) {
      const [to, now] = [addresses[at]!, momentOf(gateway, Date.now())];
      await query(
        gateway,
        `update accounts set email = '${to}', email_key = '${to}', email_verified_at = ${now}
         where id = '${userId}'`,
      );
    }
    return addresses;
  }
  /** Requests of earlier tests are told of, to those who can be reached by then. */
  async function allTold(): Promise<void> {
    const now = momentOf(gateway, Date.now());
    const untold = () =>
      query(
        gateway,
        `select id from confirmations where told_at is null and confirmed_at is null
           and used_at is null and expires_at > ${now}`,
      );
    await expect.poll(async () => (await untold()).length, { timeout: 20_000 }).toBe(0);
  }
  beforeEach(allTold);

  const told = (to: string) => mailsOf(gateway, to).filter(({ subject }) => subject === SUBJECT);

  it('is mailed once to each administrator who can confirm it, without its arguments', async () => {
    const off = await aRoleHolder(gateway, 'admin');
    const auditor = await aRoleHolder(gateway, 'auditor');
    const addresses = await reachable(asking!, confirming!, off, auditor, user);
    await query(
      gateway,
      `update accounts set disabled_at = ${momentOf(gateway, Date.now())} where id = '${off.userId}'`,
    );
    const id = await asked(asking!);
    const [mail] = await untilMails(gateway, addresses[1]!, 1);
    expect(mail).toMatchObject({ subject: SUBJECT, token: undefined });
    expect(mail!.text).toContain(`Another administrator has requested:\n\nthe role admin for`);
    expect(mail!.text).toContain(`\nGET /api/admin/confirmations\n${id}\n`);
    for (const { userId, username } of [user, asking!]) {
      expect(mail!.text).not.toContain(userId);
      expect(mail!.text).not.toContain(username);
    }
    expect(await asked(asking!)).toBe(id);
    await untilQuiet(gateway);
    expect(addresses.map((to) => told(to).length)).toEqual([0, 1, 0, 0, 0]);
  });

  it('is mailed for a command, and not to the account that it is about', async () => {
    const [first, second] = await reachable(asking!, confirming!);
    const set = ['users', 'set-role', user.username, 'admin', '--json'];
    expect((await runCommand(gateway, ...set)).code).toBe(1);
    const [[one], [other]] = [
      await untilMails(gateway, first!, 1),
      await untilMails(gateway, second!, 1),
    ];
    expect(one!.text).toContain('A command on the server has requested:');
    expect(other!.text).toBe(one!.text);
  });

  it('floods no mailbox, however much is requested', async () => {
    const third = await aRoleHolder(gateway, 'admin');
    const [address] = await reachable(third);
    const people = await Promise.all(Array.from({ length: 14 }, () => aUser(gateway)));
    for (const one of people) await asked(asking!, one);
    await untilMails(gateway, address!, 10);
    await allTold();
    await untilQuiet(gateway);
    expect(told(address!)).toHaveLength(10);
  });
});
