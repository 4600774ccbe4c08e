import { createHash, randomInt, randomUUID } from 'node:crypto';
import { call, type CallOptions, type Chat, type Tokens } from '../../e2e/client.ts';
import { type Gateway, query } from '../../e2e/gateway.ts';
import { anAddress, tokenFor, untilMails } from './mailbox.ts';
import { confirm, enrol, momentOf } from './second-factor-user.ts';
import { codeOf } from './totp-code.ts';

type DeviceTokens = Tokens & { readonly deviceToken: string };

/** Somebody with an account, who calls from a network that nobody else calls from. */
export interface Person {
  readonly userId: string;
  readonly username: string;
  readonly password: string;
  /** Of the session that is used. */
  readonly token: string;
  readonly refreshToken: string;
  readonly device: string;
  /** What addresses of the network begin with. */
  readonly network: string;
  readonly registered: DeviceTokens;
  call<Data>(path: string, options?: CallOptions): ReturnType<typeof call<Data>>;
  /** New tokens, from a device of that name. */
  signIn(device: string): Promise<DeviceTokens>;
  say(profileId: string, message: string): Promise<Chat>;
}

export interface FullUser extends Person {
  /** What the person wrote or named: the export has to have each. */
  readonly planted: readonly string[];
  /** What proves something to us, and what is kept of it: the export must have none. */
  readonly secrets: readonly string[];
  /** All of it, and whatever else leads to the person: after the erasure nothing may be left. */
  readonly traces: readonly string[];
}

/** A text that nothing else in the world has. */
const unique = (what: string) => `${what} ${randomUUID().replaceAll('-', '')}`;

/** The gateway has to trust the header of a proxy on this machine. */
export async function aPerson(gateway: Gateway): Promise<Person> {
  const network = `10.${randomInt(256)}.${randomInt(256)}.`;
  const from = { 'X-Forwarded-For': `${network}${1 + randomInt(254)}` };
  const asThem = <Data>(path: string, options: CallOptions = {}) =>
    call<Data>(gateway, path, { ...options, headers: { ...from, ...options.headers } });
  const username = `Ada.${randomUUID().replaceAll('-', '')}`;
  const password = unique('pw');
  const device = unique('phone');
  const signIn = async (path: string, name: string) =>
    (
      await asThem<DeviceTokens>(path, {
        body: { username, password, device: { name, platform: 'iOS 26.1' } },
      })
    ).data;
  const registered = await signIn('/api/auth/register', device);
  const token = registered.accessToken;
  return {
    userId: registered.userId,
    username,
    password,
    token,
    refreshToken: registered.refreshToken,
    device,
    network,
    registered,
    call: asThem,
    signIn: (name) => signIn('/api/auth/login', name),
    say: async (profile_id, message) =>
      (await asThem<Chat>('/api/chat', { token, body: { message, profile_id } })).data,
  };
}

/** Somebody who has done all that one can do here. */
export async function aFullUser(gateway: Gateway): Promise<FullUser> {
  const person = await aPerson(gateway);
  const { userId, username, token, registered } = person;
  const watch = unique('watch');
  const tablet = await person.signIn(unique('tablet'));
  const other = await person.signIn(watch);
  const body = { username, password: unique('wrong') };
  for (let n = 0; n < 2; n += 1) await person.call('/api/auth/login', { body });
  await person.call('/api/auth/step-up', { token, body: { password: 'a wrong one' } });
  const renewed = (
    await person.call<Tokens>('/api/auth/refresh', {
      body: { refreshToken: registered.refreshToken },
    })
  ).data;
  await person.call('/api/auth/logout', { method: 'POST', token: other.accessToken });

  const texts = ['message', 'note', 'task', 'event', 'entity', 'title'].map(unique);
  const [message, note, task, event, entity, title] = texts as [string, ...string[]];
  const { conversationId } = await person.say('everything', message);
  const entities = [{ name: entity, entityType: 'person', observations: ['met once'] }];
  await Promise.all([
    person.say('notes', note!),
    person.say('tasks', task!),
    person.say('calendar', `/add_event title="${event}" start=2027-03-01T09:00`),
    person.say('memory', `/create_entities ${JSON.stringify({ entities })}`),
    person.call(`/api/chat/conversations/${conversationId}`, {
      method: 'PATCH',
      token,
      body: { title },
    }),
  ]);
  const [purpose, version] = [`purpose-${randomUUID()}`, `v-${randomUUID()}`];
  await person.call('/api/me/consents', { token, body: { purpose, version: 'v0' } });
  await person.call('/api/me/consents', { token, body: { purpose, version } });

  const planted = [...texts, person.device, watch, username, purpose, version];
  const secrets = await secretsOf(gateway, person, [registered, tablet, other, renewed]);
  return {
    ...person,
    refreshToken: renewed.refreshToken,
    planted,
    secrets,
    traces: [
      ...planted,
      ...secrets,
      userId,
      username.toLowerCase(),
      digest(username.toLowerCase()),
      conversationId,
      person.network,
      ...(await idsOf(gateway, userId)),
    ],
  };
}

const nameAddress = (user: Person, email: string) =>
  user.call('/api/auth/email', { method: 'PUT', token: user.token, body: { email } });

/** Gives somebody a verified address, in place of the one before. */
export async function withAddress<User extends FullUser>(
  gateway: Gateway,
  user: User,
): Promise<{ user: User; email: string }> {
  const email = anAddress();
  await nameAddress(user, email);
  await user.call('/api/auth/email/verify', { body: { token: await tokenFor(gateway, email) } });
  return { user: { ...user, traces: [...user.traces, email, digest(email)] }, email };
}

/**
 * Gives somebody what else an account can have: a verified address, one from before and one that is not, mails to all,
 * a second factor with its recovery codes, a challenge that waits, and a passkey.
 */
export async function withMailAndFactors(gateway: Gateway, someone: FullUser): Promise<FullUser> {
  const { email: former, user: before } = await withAddress(gateway, someone);
  const { email: verified, user } = await withAddress(gateway, before);
  const { userId, username, password } = user;
  const pending = anAddress();
  await user.call('/api/auth/password/forgot', { body: { email: verified } });
  await nameAddress(user, pending);
  await Promise.all([
    untilMails(gateway, pending, 1),
    untilMails(gateway, verified, 2),
    untilMails(gateway, former, 2),
  ]);
  const { secret } = (await enrol(gateway, user)).data;
  const { recoveryCodes, tokens } = (await confirm(gateway, user, codeOf(secret))).data;
  const { accessToken: token, refreshToken } = tokens;
  await user.call('/api/auth/login', { body: { username, password } });
  const passkey = unique('passkey');
  const now = momentOf(gateway, Date.now());
  await query(
    gateway,
    `insert into passkeys (id, credential_id, account_id, public_key, counter, transports, name, backed_up, created_at)
     values ('${randomUUID()}', '${unique('credential')}', '${userId}', 'AAAA', 0, '', '${passkey}', false, ${now})`,
  );
  const opaque = [token, refreshToken, digest(refreshToken)];
  const texts = [pending, digest(pending), secret, passkey, ...recoveryCodes, ...opaque];
  return { ...user, ...tokens, token, traces: [...user.traces, ...texts] };
}

async function secretsOf(
  gateway: Gateway,
  { userId, password }: Person,
  tokens: readonly (Tokens & { deviceToken?: string })[],
): Promise<string[]> {
  const [account] = await query(gateway, `select * from accounts where id = '${userId}'`);
  const opaque = tokens
    .flatMap(({ refreshToken, deviceToken }) => [refreshToken, deviceToken])
    .filter((token) => token !== undefined);
  return [
    password,
    account!.password_hash as string,
    ...tokens.map(({ accessToken }) => accessToken),
    ...opaque.flatMap((token) => [token, digest(token)]),
  ];
}

/** The ids of whatever belongs to the account by itself: sessions, devices, notices. */
async function idsOf(gateway: Gateway, userId: string): Promise<string[]> {
  const tables = ['sessions', 'known_devices', 'security_notices', 'conversations', 'consents'];
  const rows = await Promise.all(
    tables.map((table) => query(gateway, `select id from ${table} where account_id = '${userId}'`)),
  );
  return rows.flat().map(({ id }) => id as string);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
