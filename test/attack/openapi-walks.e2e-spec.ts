import { randomUUID } from 'node:crypto';
import { aUser, call, type CallOptions, say, type Tokens, type User } from '../e2e/client.ts';
import { type Gateway, query, startGateway } from '../e2e/gateway.ts';
import { aTotpUser, momentOf } from './auth/second-factor-user.ts';
import {
  fieldsOf,
  isIdSchema,
  type Operation,
  operations,
  sampleOf,
  title,
  withValue,
} from './openapi-fields.ts';

// Everything that the document says can be sent, sent in each of the ways that go wrong somewhere.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

let gateway: Gateway;
let admin: User;
beforeAll(async () => {
  gateway = await startGateway();
  admin = await aTotpUser(gateway);
  await query(gateway, `update accounts set role = 'admin' where id = '${admin.userId}'`);
  const list = () => call(gateway, '/api/admin/users', { token: admin.token });
  await vi.waitUntil(async () => (await list()).status === 200, { timeout: 30_000 });
});

/** Ids of things that are there, made when they are asked for: an operation may delete them. */
const THINGS: Record<string, () => Promise<string>> = {
  userId: async () => (await aUser(gateway)).userId,
  actorId: () => Promise.resolve(admin.userId),
  cursor: () => Promise.resolve('ffffffff-ffff-4fff-bfff-ffffffffffff'),
  sessionId: async () => {
    const [id, now] = [randomUUID(), momentOf(gateway, Date.now())];
    const then = momentOf(gateway, Date.now() + 3_600_000);
    await query(
      gateway,
      `insert into sessions (id, account_id, created_at, expires_at, last_seen_at, authenticated_at, methods, ip)
       values ('${id}', '${admin.userId}', ${now}, ${then}, ${now}, ${now}, 'pwd', '')`,
    );
    return id;
  },
  id: async () => {
    const [id, now] = [randomUUID(), momentOf(gateway, Date.now())];
    await query(
      gateway,
      `insert into passkeys (id, credential_id, account_id, public_key, counter, transports, name, backed_up, created_at)
       values ('${id}', '${id}', '${admin.userId}', 'AAAA', 0, '', 'phone', false, ${now})`,
    );
    return id;
  },
  conversationId: async () => (await say(gateway, admin, 'everything', 'hi')).data.conversationId,
  conversation_id: () => THINGS.conversationId!(),
  messageId: async () => {
    const conversation = await THINGS.conversationId!();
    const [answer] = await query(
      gateway,
      `select id from messages where conversation_id = '${conversation}' and role = 'assistant'`,
    );
    return answer!.id as string;
  },
  edit_of: async () => {
    const conversation = await THINGS.conversationId!();
    const [message] = await query(
      gateway,
      `select id from messages where conversation_id = '${conversation}' and role = 'user'`,
    );
    return message!.id as string;
  },
  parent_message_id: () => THINGS.messageId!(),
  fileId: async () =>
    (await say(gateway, admin, 'everything', '/get-tiny-image')).data.cards![0]!.files[0]!.id,
  blockId: async () => {
    const [id, now] = [randomUUID(), momentOf(gateway, Date.now())];
    await query(
      gateway,
      `insert into network_blocks (id, network, reason, created_at, changed_at)
       values ('${id}', '203.0.113.1/32', '', ${now}, ${now})`,
    );
    return id;
  },
  switchId: async () => {
    const [id, now] = [randomUUID(), momentOf(gateway, Date.now())];
    await query(
      gateway,
      `insert into operator_switches (id, scope, target, reason, created_at, changed_at)
       values ('${id}', 'profile', '${id}', '', ${now}, ${now})`,
    );
    return id;
  },
  accountId: () => Promise.resolve(admin.userId),
  eventId: async () => {
    const [id, now] = [randomUUID(), momentOf(gateway, Date.now())];
    await query(
      gateway,
      `insert into security_events (id, rule, severity, subject_type, evidence, count, first_seen_at,
         last_seen_at, instance)
       values ('${id}', 'audit-chain', 4, 'service', '{}', 1, ${now}, ${now}, '')`,
    );
    return id;
  },
  notificationId: async () => {
    const [id, event] = [randomUUID(), await THINGS.eventId!()];
    const now = momentOf(gateway, Date.now());
    await query(
      gateway,
      `insert into security_notifications (id, event_id, channel, severity, state, attempts,
         created_at, due_at)
       values ('${id}', '${event}', 'mail', 4, 'dead', 8, ${now}, ${now})`,
    );
    return id;
  },
  incidentId: async () => {
    const [incident] = await query(gateway, `select id from incidents where title = 'a walk'`);
    if (incident) return incident.id as string;
    const [id, now] = [randomUUID(), momentOf(gateway, Date.now())];
    await query(
      gateway,
      `insert into incidents (id, kind, title, phase, opened_at, changed_at, entry_count)
       values ('${id}', 'other', 'a walk', 'detect', ${now}, ${now}, 0)`,
    );
    return id;
  },
  itemId: async () => {
    const [id, incident] = [randomUUID(), await THINGS.incidentId!()];
    await query(
      gateway,
      `insert into incident_items (id, incident_id, phase, position, text, state)
       values ('${id}', '${incident}', 'recover', 1, 'walk', 'open')`,
    );
    return id;
  },
  grantId: async () => {
    const [id, now] = [randomUUID(), momentOf(gateway, Date.now())];
    await query(
      gateway,
      `insert into server_connections (id, account_id, server, profile_id, server_name, issuer, resource,
         scope, state, sealed_grant, version, connected_at)
       values ('${id}', '${admin.userId}', '${id}', 'notes', 'notes', '', '', '', 'expired', '', 1, ${now})`,
    );
    return id;
  },
  deviceId: () => Promise.resolve(randomUUID()),
  confirmationId: async () => {
    const [id, now] = [randomUUID(), momentOf(gateway, Date.now())];
    const then = momentOf(gateway, Date.now() + 3_600_000);
    await query(
      gateway,
      `insert into confirmations (id, act, arguments, digest, requested_at, expires_at)
       values ('${id}', 'grant-admin', '{}', '', ${now}, ${then})`,
    );
    return id;
  },
  runId: async () => {
    const conversation = await THINGS.conversationId!();
    const [run] = await query(
      gateway,
      `select id from runs where conversation_id = '${conversation}'`,
    );
    const [now, then] = [Date.now(), Date.now() + 3_600_000].map((at) => momentOf(gateway, at));
    await query(
      gateway,
      `insert into run_approvals (run_id, call_id, tool, title, summary, arguments, arguments_digest,
         definition_digest, state, created_at, expires_at)
       values ('${run!.id as string}', '1-1', '', '', '', '[]', '', '', 'pending', ${now}, ${then})`,
    );
    await query(
      gateway,
      `insert into run_inputs (run_id, input_id, call_id, kind, title, message, state, created_at, expires_at)
       values ('${run!.id as string}', '1-1.1', '1-1', 'url', '', '', 'pending', ${now}, ${then})`,
    );
    return run!.id as string;
  },
};
/** A body with what is required. A list of ids names a thing that is there. */
async function withThings(
  schema: NonNullable<Operation['body']>,
  spell: (id: string) => string,
): Promise<object> {
  let body = sampleOf(schema);
  for (const { path, isOptional, schema: field } of fieldsOf(schema)) {
    if (isOptional || !isIdSchema(field.items)) continue;
    const thing = path.at(-1)!.replace(/s$/, '');
    body = withValue(body, path, [spell(await THINGS[thing]!())]);
  }
  return body;
}
/** What stands in a path that is no id. */
const NAMES: Record<string, string> = {
  profileId: 'everything',
  purpose: 'analytics',
  limit: 'export',
  module: 'Runs',
  objectId: 'notes',
  callId: '1-1',
  server: 'pBOQ8vFQ0Ic3QGdGJkHpJQ',
};

/** Ids that no answer repeats. */
const UNTOLD: readonly string[] = ['edit_of', 'parent_message_id', 'sessionId', 'deviceId'];

/** Values of required parameters of queries. */
const QUERIES: Readonly<Record<string, string>> = { q: 'hello', by: 'day', reason: 'a walk' };

/** A session is of the administrator; a role that is reviewed has to be held. */
async function thingOf({ path }: Pick<Operation, 'path'>, name: string): Promise<string> {
  if (name === 'userId' && path.includes('{sessionId}')) return admin.userId;
  const id = await THINGS[name]!();
  if (name === 'userId' && path.startsWith('/api/admin/roles/')) {
    await query(gateway, `update accounts set role = 'auditor' where id = '${id}'`);
  }
  return id;
}

async function addressOf({ path, parameters }: Operation, set: Record<string, string> = {}) {
  let address = path;
  for (const { name } of parameters.filter((parameter) => parameter.in === 'path')) {
    const value = set[name] ?? NAMES[name] ?? (await thingOf({ path }, name));
    address = address.replace(`{${name}}`, value);
  }
  return address;
}

/** Answers whose status or error code the document does not list for the operation. */
const unlisted = new Set<string>();
afterEach(() => {
  const found = [...unlisted];
  unlisted.clear();
  if (found.length > 0) throw new Error(`The document does not list\n${found.join('\n')}`);
});

async function send(operation: Operation, address: string, options: CallOptions = {}) {
  const { method, body } = operation;
  const answer = await call(gateway, address, {
    method,
    token: admin.token,
    ...(body ? { body: {} } : {}),
    ...options,
  });
  const code = answer.body.error?.code;
  const listed = operation.answers.get(answer.status);
  if (!listed || (code && !listed.includes(code))) {
    unlisted.add(`${title(operation)}: ${answer.status} ${code}`);
  }
  if (answer.status >= 400) {
    expect(answer.body).toEqual({
      success: false,
      error: expect.objectContaining({
        code: expect.stringMatching(/^[a-z_]+$/) as string,
      }) as object,
    });
  }
  expect([method, address.slice(0, 200), answer.status < 500]).toEqual([
    method,
    address.slice(0, 200),
    true,
  ]);
  return answer;
}

const withBody = operations.filter(({ body }) => body);
const inApi = operations.filter(({ path }) => path.startsWith('/api/'));
/** What an operation cannot be called without, in its query. */
const needed = (operation: Operation) =>
  ofQuery(operation)
    .filter(({ required }) => required)
    .map(({ name }) => `${name}=${QUERIES[name]}`)
    .join('&');
const ofQuery = (operation: Operation) => operation.parameters.filter((it) => it.in === 'query');

describe('a walk over the whole document', () => {
  it('finds null and an empty text in each optional field to be as if it were absent', async ({
    annotate,
  }) => {
    let walked = 0;
    for (const operation of withBody) {
      const { path: address, body } = operation;
      for (const { path } of fieldsOf(body).filter(({ isOptional }) => isOptional)) {
        const outcomes = [];
        for (const value of [undefined, null, '']) {
          // A device has a session that costs nothing, for what replaces it.
          const device = await call<Tokens>(gateway, '/api/auth/device', { body: {} });
          const given = withValue(sampleOf(body, path), path, value);
          const token = device.data.accessToken;
          const answer = await send(operation, address, { body: given, token });
          outcomes.push([answer.status, answer.body.error?.code ?? 'ok']);
        }
        const place = `${title(operation)} ${path.join('.')}`;
        expect([place, outcomes]).toEqual([place, Array(3).fill(outcomes[0])]);
        walked += 1;
      }
    }
    await annotate(`${walked} optional fields`);
    expect(walked).toBeGreaterThanOrEqual(40);
  });

  it('finds each empty parameter of a query to be as if it were absent', async ({ annotate }) => {
    let walked = 0;
    for (const operation of inApi) {
      for (const { name, required } of ofQuery(operation)) {
        if (required) continue;
        const address = `${await addressOf(operation)}?${needed(operation)}`;
        const [without, empty] = [
          await send(operation, address),
          await send(operation, `${address}&${name}=`),
        ];
        expect([title(operation), name, empty.status]).toEqual([title(operation), name, 200]);
        // A stream has no envelope.
        const keysOf = ({ body }: typeof empty) => Object.keys(body.data ?? {});
        expect(keysOf(empty)).toEqual(keysOf(without));
        walked += 1;
      }
    }
    await annotate(`${walked} parameters of queries`);
    expect(walked).toBeGreaterThanOrEqual(10);
  });

  it('finds the same thing by each id in upper case', async ({ annotate }) => {
    let walked = 0;
    for (const operation of inApi) {
      const isId = ({ name }: { name: string }) => name in THINGS;
      for (const { name } of operation.parameters.filter((it) => it.in === 'path' && isId(it))) {
        for (const spell of [lower, upper]) {
          const body = operation.body && (await withThings(operation.body, spell));
          const address = await addressOf(operation, {
            [name]: spell(await thingOf(operation, name)),
          });
          const answer = await send(operation, `${address}?${needed(operation)}`, { body });
          const place = `${title(operation)} by ${spell.name}`;
          // The run is found: only one that is there has ended. So is the incident, which is not ready.
          const found = /\/(cancel|close)$/.test(operation.path) ? 409 : 200;
          expect([place, answer.status]).toEqual([place, found]);
        }
        walked += 1;
      }
      for (const { name, schema } of ofQuery(operation)) {
        // A leaf is of one conversation only: the branches have a test of their own.
        if (!isIdSchema(schema) || name === 'leaf') continue;
        const [address, id] = [await addressOf(operation), await THINGS[name]!()];
        const answers = [];
        for (const spell of [lower, upper]) {
          const { data } = await send(operation, `${address}?limit=1&${name}=${spell(id)}`);
          answers.push(Object.values(data).map((part) => Array.isArray(part) && part.length));
        }
        expect([title(operation), answers[1]]).toEqual([title(operation), answers[0]]);
        walked += 1;
      }
      for (const { path, schema } of fieldsOf(operation.body)) {
        if (!isIdSchema(schema)) continue;
        const id = await THINGS[path.at(-1)!]!();
        for (const spell of [lower, upper]) {
          const given = withValue(await withThings(operation.body!, spell), path, spell(id));
          const answer = await send(operation, await addressOf(operation), { body: given });
          expect([title(operation), answer.status]).toEqual([title(operation), 200]);
          if (!UNTOLD.includes(path.at(-1)!)) expect(answer.text).toContain(id);
        }
        walked += 1;
      }
    }
    await annotate(`${walked} ids`);
    expect(walked).toBeGreaterThanOrEqual(13);
  });

  it('finds no operation that takes an id without saying that it is one', () => {
    const unsaid = inApi.flatMap((operation) => [
      ...operation.parameters
        .filter(({ name }) => /(^id|Id|_id)$/.test(name) && !(name in NAMES))
        .filter(({ schema }) => !isIdSchema(schema))
        .map(({ name }) => `${title(operation)} ${name}`),
      ...fieldsOf(operation.body)
        .filter(
          ({ path }) => /(.Id|_id)$/.test(path.at(-1)!) && !/profile|raw|input/.test(path.at(-1)!),
        )
        .filter(({ schema }) => !isIdSchema(schema))
        .map(({ path }) => `${title(operation)} ${path.join('.')}`),
    ]);
    expect(unsaid).toEqual([]);
  });

  it('finds no field and no parameter of a wrong type that is our fault', async ({ annotate }) => {
    const wrong = [5, -1.5, true, [], [null], {}, { a: { b: 1 } }, 'a\0b', 'x'.repeat(20_000), '½'];
    let walked = 0;
    for (const operation of inApi) {
      const address = await addressOf(operation, { userId: randomUUID() });
      // Calls that happen to be valid do not harm the users that the test needs.
      const isOfAdmin = operation.path.startsWith('/api/admin/') || !operation.body;
      const { token } = isOfAdmin ? admin : await aUser(gateway);
      for (const { path } of fieldsOf(operation.body)) {
        for (const value of wrong) {
          const body = withValue(sampleOf(operation.body, path), path, value);
          await send(operation, address, { body, token });
          walked += 1;
        }
      }
      for (const { name, in: place } of operation.parameters) {
        for (const value of [
          '%00',
          '%ff',
          'x',
          '1',
          '..%2f',
          '[]',
          '%F0%9F%92%A9',
          'x'.repeat(90),
        ]) {
          if (place === 'path')
            await send(operation, await addressOf(operation, { [name]: value }));
          else if (place === 'query') await send(operation, `${address}?${name}=${value}`);
          walked += 1;
        }
      }
    }
    // One of them has switched chat off for five seconds.
    await query(gateway, 'delete from operator_switches');
    const isOn = async () => (await say(gateway, admin, 'everything', 'hi')).status === 200;
    await vi.waitUntil(isOn, { timeout: 10_000 });
    await annotate(`${walked} wrong values`);
    expect(walked).toBeGreaterThanOrEqual(600);
  });

  it('finds each refusal of a caller and of a body listed where it happens', async () => {
    const refusals: Record<string, number> = {};
    for (const operation of inApi) {
      const address = await addressOf(operation, { userId: randomUUID() });
      const device = await call<Tokens>(gateway, '/api/auth/device', { body: {} });
      const attempts: CallOptions[] = [
        { token: undefined },
        { token: 'x.y.z' },
        { token: device.data.accessToken },
      ];
      if (operation.method !== 'GET') {
        attempts.push(
          { body: '{' },
          { body: JSON.stringify('x'.repeat(100_000)) },
          { body: 'a=b', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
        );
      }
      for (const attempt of attempts) {
        const { status } = await send(operation, address, attempt);
        refusals[status] = (refusals[status] ?? 0) + 1;
      }
    }
    const seen = Object.keys(refusals).map(Number);
    expect(seen).toEqual(expect.arrayContaining([400, 401, 403, 413, 415]));
  });

  it.for(Object.getOwnPropertyNames(Object.prototype))(
    'finds a field named %s refused as any unknown field, at every depth and in every query',
    async (name, { annotate }) => {
      let walked = 0;
      for (const operation of withBody) {
        const { body } = operation;
        const objects = fieldsOf(body).filter(({ schema }) => schema.properties);
        for (const path of [[], ...objects.map((field) => field.path)]) {
          const marked = withValue(sampleOf(body, path), [...path, 'MARK'], 1);
          const text = JSON.stringify(marked).replace('MARK', name);
          const address = await addressOf(operation, { userId: randomUUID() });
          const answer = await send(operation, address, { body: text });
          const place = `${title(operation)} ${path.join('.')}`;
          expect([place, answer.status, answer.body.error?.code]).toEqual([
            place,
            400,
            name === '__proto__' ? 'malformed_body' : 'invalid_input',
          ]);
          walked += 1;
        }
      }
      for (const operation of inApi.filter((it) => ofQuery(it).length > 0)) {
        const answer = await send(operation, `${await addressOf(operation)}?${name}=1`);
        expect([title(operation), answer.status]).toEqual([title(operation), 400]);
        walked += 1;
      }
      await annotate(`${walked} objects`);
      expect(walked).toBeGreaterThanOrEqual(35);
    },
  );
});

function lower(id: string): string {
  return id.toLowerCase();
}

function upper(id: string): string {
  return id.toUpperCase();
}
