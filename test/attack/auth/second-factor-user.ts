import { aUser, type Answer, call, type Tokens, type User } from '../../e2e/client.ts';
import { isSecret } from '../../e2e/evidence.ts';
import { type Gateway, type Instance, query } from '../../e2e/gateway.ts';
import { codeOf } from './totp-code.ts';

/** An account with TOTP as its second factor. */
export interface TotpUser extends User {
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
}

export interface Demand {
  readonly code: string;
  readonly challenge: string;
  readonly methods: readonly string[];
}

export async function aTotpUser(gateway: Instance): Promise<TotpUser> {
  const user = await aUser(gateway);
  const { secret } = (await enrol(gateway, user)).data;
  const { data } = await confirm(gateway, user, codeOf(secret));
  data.recoveryCodes.forEach(isSecret);
  await forgetUsedCodes(gateway, user);
  const token = data.tokens.accessToken;
  return { ...user, ...data.tokens, token, secret, recoveryCodes: data.recoveryCodes };
}

type Signed = Pick<User, 'token'>;

export const enrol = (gateway: Instance, { token }: Signed) =>
  call<{ secret: string; uri: string; qr: string }>(gateway, '/api/auth/2fa/totp', {
    method: 'POST',
    token,
  });

export const confirm = (gateway: Instance, { token }: Signed, code: string) =>
  call<{ recoveryCodes: string[]; tokens: Tokens }>(gateway, '/api/auth/2fa/totp/confirm', {
    token,
    body: { code },
  });

export const login = (gateway: Gateway, { username, password }: User) =>
  call<Tokens>(gateway, '/api/auth/login', { body: { username, password } });

/** Signs in with the password and returns the challenge for the second factor. */
export async function challengeOf(gateway: Gateway, user: User): Promise<string> {
  const demand = demandOf(await login(gateway, user));
  if (demand.code !== 'second_factor_required') throw new Error(demand.code);
  isSecret(demand.challenge);
  return demand.challenge;
}

export function demandOf({ body }: Answer<unknown>): Demand {
  return body.error as unknown as Demand;
}

export const complete = (gateway: Gateway, body: Record<string, unknown>) =>
  call<Tokens>(gateway, '/api/auth/login/second-factor', { body });

export const stepUp = (gateway: Gateway, { token }: Signed, body: Record<string, unknown>) =>
  call<Tokens>(gateway, '/api/auth/step-up', { token, body });

/** Resets the last used time step, so that a test need not wait for the next code. */
export async function forgetUsedCodes(gateway: Instance, { userId }: User): Promise<void> {
  await query(gateway, `update totp_secrets set last_step = 0 where account_id = '${userId}'`);
}

/** Sets the last proof of a credential in the account's sessions to an hour ago. */
export async function forgetProofs(gateway: Gateway, { userId }: Tokens): Promise<void> {
  const past = momentOf(gateway, Date.now() - 3_600_000);
  await query(
    gateway,
    `update sessions set authenticated_at = ${past}, second_factor_at = ${past}
     where account_id = '${userId}'`,
  );
}

/** A time in the format of the database. */
export function momentOf({ environment }: Gateway, milliseconds: number): string {
  return environment.DATABASE_URL
    ? `to_timestamp(${milliseconds / 1000})`
    : String(Math.round(milliseconds));
}

export async function noticesOf(gateway: Gateway, { token }: Signed): Promise<string[]> {
  const { data } = await call<{ kind: string }[]>(gateway, '/api/auth/notices', { token });
  return data.map(({ kind }) => kind);
}
