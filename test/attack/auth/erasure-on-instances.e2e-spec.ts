import { randomUUID } from 'node:crypto';
import { call } from '../../e2e/client.ts';
import { aSecret, freshStorage, type Gateway, query, startGateway } from '../../e2e/gateway.ts';
import {
  eraseMe,
  everythingOf,
  start,
  tracesOfPerson,
  untilGone,
  untilTraceless,
} from './erasing.ts';
import { aFullUser, aPerson, type Person } from './full-user.ts';
import { anAddress, untilMails } from './mailbox.ts';
import { tracesOf } from './traces.ts';

const isScaled = process.env.E2E_DATABASE_URL !== undefined;

// An erasure takes several seconds, and so does the creation of an account with data of every kind.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

describe.runIf(isScaled)('an erasure by two instances at the same time', () => {
  it('happens once, with one pseudonym, and does not affect other accounts', async () => {
    const environment = {
      ...(await freshStorage()),
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
    };
    const instances = [await start(environment), await start(environment)] as const;
    const [one, another] = instances;
    const users = [await aFullUser(one), await aFullUser(another), await aFullUser(one)];
    const kept = await aFullUser(another);
    const before = await everythingOf(kept);
    await Promise.all(users.map(eraseMe));
    for (const user of users) {
      await untilGone(one, user);
      await untilTraceless(one, user);
    }
    const pseudonyms = await query(
      one,
      `select distinct actor_id from audit_records where action = 'account.deletion_requested'`,
    );
    expect(pseudonyms).toHaveLength(users.length);
    expect(await everythingOf(kept)).toEqual(before);
    const failed = instances
      .flatMap((instance) => instance.log().split('\n'))
      .filter((line) => line.includes('privacy.erasure.failed'))
      // Redis may answer too late on a busy machine; the erasure is retried.
      .filter((line) => !line.includes('Command timed out'));
    expect(failed).toEqual([]);
  });
});

describe.runIf(isScaled)('instances with separate disks', () => {
  const twoInstances = async () => {
    const shared = {
      ...(await freshStorage()),
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
    };
    const { DATA_DIR } = await freshStorage();
    return [await start(shared), await start({ ...shared, DATA_DIR: DATA_DIR! })] as const;
  };
  /** Makes the instance store local data of the account: a file, a connection, a mail. */
  const leaveSomething = async (instance: Gateway, { token }: Person) => {
    const [entity, email] = [`entity-${randomUUID()}`, anAddress()];
    const message = `/create_entities {"entities":[{"name":"${entity}","entityType":"x","observations":[]}]}`;
    await call(instance, '/api/auth/email', { method: 'PUT', token, body: { email } });
    await untilMails(instance, email, 1);
    const told = await call(instance, '/api/chat', {
      token,
      body: { message, profile_id: 'memory' },
    });
    expect(told.status).toBe(200);
    expect((await tracesOf(instance, [entity])).join()).toContain('memory.jsonl');
    return [entity, email];
  };

  it('each erase their local data, even just after a message was answered', async () => {
    const [one, another] = await twoInstances();
    const users = [await aPerson(one), await aPerson(one), await aPerson(one)];
    const left = await Promise.all(users.map((user) => leaveSomething(another, user)));
    await Promise.all(users.map(eraseMe));
    for (const user of users) await untilGone(one, user);
    for (const [index, user] of users.entries()) {
      const traces = [...tracesOfPerson(user).traces, ...left[index]!];
      await untilTraceless(one, { traces });
      await untilTraceless(another, { traces });
    }
  });

  it('erase it at their next start if they were stopped', async () => {
    const [one, another] = await twoInstances();
    const [user, other] = [await aPerson(one), await aPerson(one)];
    const left = await leaveSomething(another, user);
    const kept = await leaveSomething(another, other);
    await another.stop();
    await eraseMe(user);
    await untilGone(one, user);
    expect((await tracesOf(another, left)).length).toBeGreaterThan(1);
    const back = await startGateway({ environment: another.environment });
    await untilTraceless(back, { traces: [...tracesOfPerson(user).traces, ...left] });
    expect((await tracesOf(back, kept)).length).toBeGreaterThan(2);
  });
});
