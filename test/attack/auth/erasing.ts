import { freshStorage, type Gateway, query, startGateway } from '../../e2e/gateway.ts';
import type { FullUser, Person } from './full-user.ts';
import { tracesOf } from './traces.ts';

/** Counters of client addresses belong to no account; they expire with their windows, which are short here. */
const SHORT_WINDOWS = {
  LIMIT_API: '1000000/3s',
  LIMIT_GLOBAL: '1000000/3s',
  LIMIT_LOGIN: '1000000/1h',
  LIMIT_CHAT: '1000000/1h',
  SPRAY_ADDRESS: '1000/3s',
  SPRAY_ALL: '100000/3s',
  DETECTION_CREDENTIAL_STUFFING: '100000/3s',
  DETECTION_PASSWORD_SPRAYING: '100000/3s',
  DETECTION_REFUSAL_BURST: '100000/3s',
  DETECTION_LIMIT_ABUSE: '100000/3s',
};

const redisUrl = process.env.E2E_REDIS_URL;
/** The longest duration of an erasure in these tests. Milliseconds. */
export const SOON = { timeout: 60_000, interval: 250 };

export const start = async (environment: Record<string, string> = {}) =>
  startGateway({
    environment: {
      ...SHORT_WINDOWS,
      TRUST_PROXY: '127.0.0.1',
      ERASURE_GRACE: '0s',
      // Shorter than in production, because calls end sooner here; one test keeps the production value.
      ERASURE_SETTLE: '3s',
      ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
      ...(environment.DATA_DIR ? {} : await freshStorage()),
      ...environment,
    },
  });

export const eraseMe = (user: Pick<Person, 'token' | 'call'>) =>
  user.call<{ deletionDueAt: string }>('/api/me', { method: 'DELETE', token: user.token });

export const accountsOf = (gateway: Pick<Gateway, 'environment'>, { userId }: { userId: string }) =>
  query(gateway, `select * from accounts where id = '${userId}'`);

export const untilGone = (gateway: Pick<Gateway, 'environment'>, user: { userId: string }) =>
  expect.poll(() => accountsOf(gateway, user), SOON).toEqual([]);

/** The remaining traces of the account, after all windows have expired. */
export const untilTraceless = (gateway: Gateway, { traces }: Pick<FullUser, 'traces'>) =>
  expect.poll(() => tracesOf(gateway, traces), SOON).toEqual([]);

export const tracesOfPerson = ({ userId, username, device, network, registered }: Person) => ({
  traces: [userId, username, username.toLowerCase(), device, network, registered.deviceToken],
});

/** The export of the account, without the parts that the export itself changes. */
export async function everythingOf(
  user: Pick<Person, 'token' | 'call'>,
): Promise<Record<string, unknown>> {
  const { text } = await user.call('/api/me/export', { token: user.token });
  const { exportedAt, audit, ...kept } = JSON.parse(text, (key, value: unknown) =>
    key === 'lastSeenAt' ? undefined : value,
  ) as Record<string, unknown>;
  expect([exportedAt, audit]).toEqual([expect.any(String), expect.any(Array)]);
  return kept;
}

/** A time in the format of the database. */
export const moment = ({ environment }: Gateway, time: number) =>
  environment.DATABASE_URL ? `'${new Date(time).toISOString()}'` : String(time);

/**
 * Makes the database refuse to delete more than half of the rows of a table; resolves to a function that lifts this.
 */
export async function stopHalfWay(gateway: Gateway, table: string, half: number) {
  const isScaled = gateway.environment.DATABASE_URL !== undefined;
  const isHalfWay = `(select count(*) from ${table}) <= ${half}`;
  if (isScaled) {
    await query(
      gateway,
      `create function stop_half_way() returns trigger language plpgsql as
       $$ begin if ${isHalfWay} then raise exception 'half way'; end if; return null; end $$`,
    );
  }
  await query(
    gateway,
    isScaled
      ? `create trigger half_way after delete on ${table} execute function stop_half_way()`
      : `create trigger half_way after delete on ${table} when ${isHalfWay}
         begin select raise(abort, 'half way'); end`,
  );
  return () => query(gateway, `drop trigger half_way${isScaled ? ` on ${table}` : ''}`);
}
