import { query, startGateway } from '../../e2e/gateway.ts';
import {
  accountsOf,
  eraseMe,
  moment,
  SOON,
  start,
  stopHalfWay,
  tracesOfPerson,
  untilGone,
  untilTraceless,
} from './erasing.ts';
import { aPerson } from './full-user.ts';

// An erasure takes several seconds, and so does the creation of an account with data of every kind.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

describe('an erasure whose process is killed', () => {
  it('is completed by the next one', async () => {
    const gateway = await start();
    const user = await aPerson(gateway);
    const rows = 1_000;
    const id = gateway.environment.DATABASE_URL
      ? `gen_random_uuid()`
      : `lower(hex(randomblob(16)))`;
    const at = moment(gateway, Date.now());
    await query(
      gateway,
      `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${rows})
       insert into conversations (id, account_id, profile_id, title, created_at, updated_at)
       select ${id}, '${user.userId}', 'notes', '${user.device}', ${at}, ${at} from n`,
    );
    const left = async () => {
      const [row] = await query(
        gateway,
        `select count(*) as count from conversations where account_id = '${user.userId}'`,
      );
      return Number(row!.count);
    };
    const goOn = await stopHalfWay(gateway, 'conversations', rows / 2);
    await eraseMe(user);
    await expect.poll(left, SOON).toBeLessThan(rows);
    await gateway.kill();
    expect(await left()).toBeGreaterThan(0);
    expect(await accountsOf(gateway, user)).toHaveLength(1);
    await goOn();

    const next = await startGateway({ environment: gateway.environment });
    await untilGone(next, user);
    await untilTraceless(next, tracesOfPerson(user));
    const pseudonyms = await query(next, `select distinct actor_id from audit_records`);
    expect(pseudonyms.filter(({ actor_id }) => actor_id !== null)).toHaveLength(1);
  });
});

describe('an erasure queued behind others that cannot finish', () => {
  it('is completed nevertheless', async () => {
    const gateway = await start();
    const user = await aPerson(gateway);
    const stuck = Array.from(
      { length: 100 },
      (_, n) => `01a20000-0000-7000-8000-${String(n).padStart(12, '0')}`,
    );
    const [past, future] = [-60_000, 3_600_000].map((ms) => moment(gateway, Date.now() + ms));
    const insert = (table: string, row: (id: string) => string) =>
      query(gateway, `insert into ${table} values ${stuck.map((id) => `(${row(id)})`).join(',')}`);
    // Each of them has a running message.
    await insert(
      'accounts (id, username, username_key, role, is_anonymous, created_at, deletion_due_at)',
      (id) => `'${id}', '${id}', '${id}', 'user', false, ${past}, ${past}`,
    );
    await insert(
      'conversations (id, account_id, profile_id, title, created_at, updated_at)',
      (id) => `'${id}', '${id}', 'notes', 'talk', ${past}, ${past}`,
    );
    await insert(
      'runs (id, conversation_id, status, created_at, deadline_at)',
      (id) => `'${id}', '${id}', 'running', ${past}, ${future}`,
    );
    await eraseMe(user);
    await untilGone(gateway, user);
    expect(await query(gateway, 'select id from accounts')).toHaveLength(stuck.length);
  });
});

describe('an erasure of a long conversation', () => {
  it('deletes it in batches, none of which blocks other calls', async () => {
    const gateway = await start();
    const user = await aPerson(gateway);
    const { conversationId } = await user.say('notes', 'the first of many');
    const rows = 5_000;
    const id = gateway.environment.DATABASE_URL
      ? `gen_random_uuid()`
      : `lower(hex(randomblob(16)))`;
    await query(
      gateway,
      `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${rows})
       insert into messages (id, conversation_id, run_id, role, content, created_at)
       select ${id}, '${conversationId}', (select id from runs where conversation_id = '${conversationId}'),
         'user', 'another one', ${moment(gateway, Date.now())} from n`,
    );
    const left = async () => {
      const [row] = await query(gateway, 'select count(*) as count from messages');
      return Number(row!.count);
    };
    const goOn = await stopHalfWay(gateway, 'messages', rows / 2);
    await eraseMe(user);
    // A single statement for all of them would have been rolled back as a whole.
    await expect.poll(left, SOON).toSatisfy((count: number) => count > 0 && count < rows);
    await goOn();
    await untilGone(gateway, user);
    expect(await left()).toBe(0);
  });
});
