import { createHash, randomInt, randomUUID } from 'node:crypto';
import { call, type CallOptions, type Chat, type Tokens } from '../../e2e/client.ts';
import { type Gateway, query } from '../../e2e/gateway.ts';
import { anAddress, tokenFor, untilMails } from './mailbox.ts';
import { confirm, enrol, momentOf } from './second-factor-user.ts';
import { codeOf } from './totp-code.ts';

type DeviceTokens = Tokens & { readonly deviceToken: string };

/** An account owner who calls from a network of their own. */
export interface Person {
  readonly userId: string;
  readonly username: string;
  readonly password: string;
  /** The tokens of the current session. */
  readonly token: string;
  readonly refreshToken: string;
  readonly device: string;
  /** The prefix of the network's addresses. */
  readonly network: string;
  readonly registered: DeviceTokens;
  call<Data>(path: string, options?: CallOptions): ReturnType<typeof call<Data>>;
  /** Signs in on a device of that name and returns the tokens. */
  signIn(device: string): Promise<DeviceTokens>;
  say(profileId: string, message: string): Promise<Chat>;
}

export interface FullUser extends Person {
  /** Texts that the owner entered: the export must contain each. */
  readonly planted: readonly string[];
  /** Credentials and their stored forms: the export must contain none. */
  readonly secrets: readonly string[];
  /** All of these, and other identifiers of the account: the erasure must leave none. */
  readonly traces: readonly string[];
}

/** A unique text. */
const unique = (what: string) => `${what} ${randomUUID().replaceAll('-', '')}`;

/**
 * The end of the unique word of a text: an index of words has them one by one, and leaves out the beginning that a word
 * has in common with the one before it.
 */
const endOf = (text: string) => text.slice(-16);

/** The gateway must trust the forwarding header of a proxy on this machine. */
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

/** An account with data of every kind. */
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

  const texts = ['message', 'note', 'task', 'event', 'entity', 'title', 'streamed', 'comment'].map(
    unique,
  );
  const [message, note, task, event, entity, title, streamed, comment] = texts as [
    string,
    ...string[],
  ];
  const { conversationId } = await person.say('everything', message);
  const history = await person.call<{ messages: { id: string }[] }>(
    `/api/chat/history/${conversationId}`,
    { token },
  );
  const entities = [{ name: entity, entityType: 'person', observations: ['met once'] }];
  await Promise.all([
    person.say('notes', `/add_note ${JSON.stringify({ text: note })}`),
    person.say('everything', '/get-tiny-image'),
    person.say('tasks', `/add_task ${JSON.stringify({ title: task })}`),
    person.say('calendar', `/add_event title="${event}" start=2027-03-01T09:00`),
    person.say('memory', `/create_entities ${JSON.stringify({ entities })}`),
    person.call(`/api/chat/messages/${history.data.messages.at(-1)!.id}/feedback`, {
      method: 'PUT',
      token,
      body: { rating: 'down', comment },
    }),
    person.call(`/api/chat/conversations/${conversationId}`, {
      method: 'PATCH',
      token,
      body: { title },
    }),
    person.call('/api/chat', {
      token,
      headers: { Accept: 'text/event-stream', 'Idempotency-Key': randomUUID() },
      body: { message: streamed, profile_id: 'everything' },
    }),
  ]);
  const now = momentOf(gateway, Date.now());
  // One that is over.
  await query(
    gateway,
    `insert into operator_switches (id, scope, target, account_id, reason, created_at, removed_at, changed_at)
     values ('${randomUUID()}', 'account', '${userId}', '${userId}', '', ${now}, ${now}, ${now})`,
  );
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
      ...texts.map(endOf),
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

/**
 * Has a language model answer the account, so that tokens are counted, and then ask for an approval, and a tool ask for
 * input. The gateway must have an assistant that thinks.
 */
export async function withModelAnswer(gateway: Gateway, user: FullUser): Promise<FullUser> {
  const [question, wish] = [unique('question'), unique('wish')];
  await user.say('thinking', question);
  await user.say('thinking', wish);
  const entered = await withInput(gateway, user);
  const ends = [question, wish].map(endOf);
  await withIncident(gateway, user);
  await withFindings(gateway, user);
  const texts = [question, wish, entered];
  const traces = [...user.traces, ...texts, ...ends, ...(await idsOf(gateway, user.userId))];
  return { ...user, planted: [...user.planted, ...texts], traces };
}

/** What a tool has asked, and was answered a moment ago. */
async function withInput(gateway: Gateway, { userId }: Person): Promise<string> {
  const entered = unique('entered');
  const [now, then] = [0, 3_600_000].map((ms) => momentOf(gateway, Date.now() + ms));
  await query(
    gateway,
    `insert into run_inputs (run_id, input_id, call_id, kind, title, message, state, content, created_at, expires_at)
     select id, '1.1', '1', 'form', 'Book', 'Who?', 'accepted', '{"name":"${entered}"}', ${now}, ${then}
     from runs where conversation_id in (select id from conversations where account_id = '${userId}')
     limit 1`,
  );
  return entered;
}

/** What detection has found about the account, and what one administrator asked another one for. */
async function withFindings(gateway: Gateway, { userId }: Person): Promise<void> {
  const now = momentOf(gateway, Date.now());
  const statements = [
    `security_events
       (id, rule, severity, subject_type, account_id, evidence, count, first_seen_at, last_seen_at, instance)
     values ('${randomUUID()}', 'refresh-reuse', 1, 'account', '${userId}', '{}', 1, ${now}, ${now}, 'a')`,
    `confirmations (id, act, arguments, digest, subject_id, requester_id, requested_at, expires_at)
     values ('${randomUUID()}', 'grant-admin', '{"userId":"${userId}"}', '', '${userId}', '${userId}', ${now}, ${now})`,
  ];
  for (const statement of statements) await query(gateway, `insert into ${statement}`);
}

/** What an incident has of the account: on its lists, in its texts, and as the one who worked on it. */
async function withIncident(gateway: Gateway, { userId }: Person): Promise<void> {
  const [id, now] = [randomUUID(), momentOf(gateway, Date.now())];
  const statements = [
    `incidents (id, kind, title, summary, phase, opened_at, opened_by, changed_at, entry_count)
     values ('${id}', 'other', 'of ${userId}', '${userId}', 'detect', ${now}, '${userId}', ${now}, 1)`,
    `incident_entries (incident_id, number, occurred_at, kind, actor_id, text)
     values ('${id}', 1, ${now}, 'opened', '${userId}', 'of ${userId}')`,
    `incident_accounts (incident_id, account_id, source, added_at)
     values ('${id}', '${userId}', 'operator', ${now})`,
    `incident_events
       (event_id, incident_id, rule, severity, subject_type, account_id, evidence, count,
        first_seen_at, last_seen_at, linked_at)
     values ('${randomUUID()}', '${id}', 'refresh-reuse', 3, 'account', '${userId}',
       '{"from":"${userId}"}', 1, ${now}, ${now}, ${now})`,
    `incident_items (id, incident_id, phase, position, text, state, settled_by)
     values ('${id}', '${id}', 'recover', 1, 'tell ${userId}', 'done', '${userId}')`,
    `incident_actions (incident_id, action_key, type, target, state, attempts, started_at, actor_id)
     values ('${id}', 'sign_out: ${userId}', 'sign_out', '${userId}', 'succeeded', 1, ${now}, '${userId}')`,
  ];
  for (const statement of statements) await query(gateway, `insert into ${statement}`);
}

/** Gives the account a verified address, replacing the previous one. */
export async function withAddress<User extends FullUser>(
  gateway: Gateway,
  user: User,
): Promise<{ user: User; email: string }> {
  const email = anAddress();
  await nameAddress(user, email);
  const mailed = await tokenFor(gateway, email);
  await user.call('/api/auth/email/verify', { token: user.token, body: { token: mailed } });
  return { user: { ...user, traces: [...user.traces, email, digest(email)] }, email };
}

/**
 * Adds the remaining data of an account: a verified, a former and a pending address, mails to all of them, a second
 * factor with recovery codes, a pending challenge and a passkey.
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

/** The ids of the account's sessions, devices and notices. */
async function idsOf(gateway: Gateway, userId: string): Promise<string[]> {
  const tables = ['sessions', 'known_devices', 'security_notices', 'conversations', 'consents'];
  const rows = await Promise.all(
    tables.map((table) => query(gateway, `select id from ${table} where account_id = '${userId}'`)),
  );
  const runs = await query(
    gateway,
    `select id from runs where conversation_id in
       (select id from conversations where account_id = '${userId}')`,
  );
  const files = await query(
    gateway,
    `select id from card_files where run_id in
    (select r.id from runs r join conversations c on c.id = r.conversation_id
     where c.account_id = '${userId}')`,
  );
  return [...rows.flat(), ...runs, ...files].map(({ id }) => id as string);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
