import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { aUser, call, type CallOptions, say, type User } from '../e2e/client.ts';
import { type Instance, query } from '../e2e/gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from '../e2e/models.ts';
import { aProfile, aProfilesDir } from '../e2e/profiles.ts';
import { aSlowProfile, streamOf } from '../e2e/streams.ts';
import { aTotpUser, type TotpUser } from './auth/second-factor-user.ts';

/** How often it is asked whether a change is in force. Milliseconds. */
const POLL_MS = 10;

/** A change that the other instance is told of takes less. Milliseconds. */
const LONGEST_MS = 15_000;

/** Two instances on one database, and an operator of both. */
export interface Pair {
  readonly one: Instance;
  readonly other: Instance;
  /** Renewed when its token is refused. */
  operator: TotpUser;
  readonly incidentId: string;
}

/** A change on one instance, and how it shows on the other one. */
interface Change {
  /** Resolves when the change is acknowledged. */
  readonly act: () => Promise<unknown>;
  readonly isInForce: () => Promise<boolean>;
  readonly undo?: () => Promise<unknown>;
}

/** What operators contain and switch, each by itself. */
export interface Effect {
  readonly name: string;
  readonly prepare: (pair: Pair) => Promise<Change> | Change;
}

/** The variables of instances that all effects can be watched on. */
export function effectVariables(): Record<string, string> {
  // No server answers there: what counts is that it is not asked.
  const model = aModelFile('watched', 'http://127.0.0.1:9', { model: 'watched-model' });
  const thinking = aProfile('thinking', { engine: 'model', model: { name: 'watched' } });
  return {
    TRUST_PROXY: 'loopback',
    SHUTDOWN_DRAIN: '1s',
    MODELS_DIR: aModelsDir(model),
    [MODEL_KEY]: 'no-server-gets-it',
    PROFILES_DIR: aProfilesDir({ ...aSlowProfile(), 'thinking.json': thinking }),
  };
}

export async function aPair(one: Instance, other: Instance): Promise<Pair> {
  const operator = await aTotpUser(one);
  await query(one, `update accounts set role = 'admin' where id = '${operator.userId}'`);
  const { token } = operator;
  const list = () => call(one, '/api/admin/incidents', { token });
  while ((await list()).status !== 200) await setTimeout(POLL_MS);
  const body = { kind: 'other', title: 'What is changed on one instance' };
  const { data } = await call<{ id: string }>(one, '/api/admin/incidents', { token, body });
  return { one, other, operator, incidentId: data.id };
}

/** From the acknowledgement on one instance to the first call that shows the change on the other. Milliseconds. */
export async function timeToEffect({ prepare }: Effect, pair: Pair): Promise<number> {
  const { act, isInForce, undo } = await prepare(pair);
  if (await isInForce()) throw new Error('it is in force before');
  await act();
  const took = await timeUntil(isInForce);
  await undo?.();
  if (undo) await timeUntil(async () => !(await isInForce()));
  return took;
}

async function timeUntil(isSo: () => Promise<boolean>): Promise<number> {
  const from = performance.now();
  while (!(await isSo())) {
    if (performance.now() - from > LONGEST_MS) throw new Error('the other instance was not told');
    await setTimeout(POLL_MS);
  }
  return performance.now() - from;
}

/** Numbers that have not been used. */
let networks = 0;
let versions = 0;

const asOperator = async <Data>(
  { one, operator }: Pair,
  path: string,
  options: CallOptions = {},
): Promise<Data> =>
  (await call<Data>(one, `/api/admin/${path}`, { token: operator.token, ...options })).data;

const contain = (pair: Pair, action: object) =>
  asOperator<{ isContained: boolean }>(pair, `incidents/${pair.incidentId}/contain`, {
    body: { actions: [{ again: true, ...action }] },
  });

const isRefused = async (to: Instance, { token }: Pick<User, 'token'>) =>
  (await call(to, '/api/auth/me', { token })).status >= 400;

/** The code of an error, or that it was answered. */
async function outcomeOf(to: Instance, user: User, profile: string, message: string) {
  const { status, body } = await say(to, user, profile, message);
  return status === 200 ? (body.data!.errorCode ?? 'answered') : body.error!.code;
}

function containment(name: string, actionOf: (user: User) => object): Effect {
  return {
    name,
    prepare: async (pair) => {
      const user = await aUser(pair.one);
      return {
        act: () => contain(pair, actionOf(user)),
        isInForce: () => isRefused(pair.other, user),
      };
    },
  };
}

function block(name: string, networkOf: (address: string) => string): Effect {
  return {
    name,
    prepare: (pair) => {
      const address = `203.0.${(networks += 1)}.9`;
      const headers = { 'X-Forwarded-For': address };
      let id = '';
      return {
        act: async () => {
          const body = { network: networkOf(address), reason: 'measured' };
          ({ id } = await asOperator<{ id: string }>(pair, 'blocks', { body }));
        },
        isInForce: async () => (await call(pair.other, '/api/health', { headers })).status === 403,
        undo: () => asOperator(pair, `blocks/${id}`, { method: 'DELETE' }),
      };
    },
  };
}

interface SwitchedPart {
  readonly scope: string;
  readonly target?: string;
}

/** @param isInForce asked of the other instance */
function switched(
  pair: Pair,
  part: SwitchedPart,
  isInForce: (to: Instance) => Promise<boolean>,
): Change {
  let id = '';
  return {
    act: async () => {
      const body = { ...part, reason: 'measured' };
      ({ id } = await asOperator<{ id: string }>(pair, 'switches', { body }));
    },
    isInForce: () => isInForce(pair.other),
    undo: () => asOperator(pair, `switches/${id}`, { method: 'DELETE' }),
  };
}

function chatSwitch(
  name: string,
  part: SwitchedPart,
  [profile, message, code]: readonly [string, string, string],
): Effect {
  return {
    name,
    prepare: async (pair) => {
      const user = await aUser(pair.one);
      return switched(
        pair,
        part,
        async (to) => (await outcomeOf(to, user, profile, message)) === code,
      );
    },
  };
}

const STORY = '/tell_story length=100000 milliseconds=60000';
const TOOL = { scope: 'tool', target: 'slow/tell_story' };

export const EFFECTS: readonly Effect[] = [
  containment('the sessions of one account are ended', ({ userId: accountId }) => ({
    type: 'sign_out',
    accountId,
  })),
  {
    name: 'the sessions of one account are ended, with an open stream',
    prepare: async (pair) => {
      const user = await aUser(pair.one);
      const stream = await streamOf(pair.other, user, STORY);
      let isOver = false;
      void stream.ended.then(() => (isOver = true));
      return {
        act: () => contain(pair, { type: 'sign_out', accountId: user.userId }),
        isInForce: () => Promise.resolve(isOver),
      };
    },
  },
  containment('all sessions are ended', () => ({ type: 'sign_out_everyone' })),
  block('an address is blocked', (address) => address),
  block('a network is blocked', (address) => `${address}/24`),
  {
    name: 'an address is blocked, with an open stream',
    prepare: async (pair) => {
      const address = `203.0.${(networks += 1)}.9`;
      const headers = { 'X-Forwarded-For': address };
      const stream = await streamOf(pair.other, await aUser(pair.one), STORY, { headers });
      let isOver = false;
      void stream.ended.then(() => (isOver = true));
      return {
        act: () => contain(pair, { type: 'block', network: address }),
        isInForce: () => Promise.resolve(isOver),
      };
    },
  },
  {
    name: 'an account is blocked',
    prepare: async (pair) => {
      const user = await aUser(pair.one);
      const part = { scope: 'account', target: user.userId };
      return switched(pair, part, (to) => isRefused(to, user));
    },
  },
  {
    name: 'a device is blocked',
    prepare: async (pair) => {
      const user = await aUser(pair.one);
      const [device] = await query(
        pair.one,
        `select known_device_id as id from sessions where account_id = '${user.userId}'`,
      );
      const part = { scope: 'device', target: device!.id as string };
      return switched(pair, part, (to) => isRefused(to, user));
    },
  },
  {
    name: 'signing in is switched off',
    prepare: (pair) =>
      switched(pair, { scope: 'sign_in' }, async (to) => {
        const { status } = await call(to, '/api/auth/device', { body: {} });
        return status === 503;
      }),
  },
  chatSwitch('chat is switched off', { scope: 'chat' }, ['slow', '/help', 'service_off']),
  chatSwitch('an assistant is switched off', { scope: 'profile', target: 'slow' }, [
    'slow',
    '/help',
    'assistant_off',
  ]),
  chatSwitch('a server is switched off', { scope: 'server', target: 'slow' }, [
    'slow',
    '/tell_story length=1',
    'tool_off',
  ]),
  chatSwitch('a tool is switched off', TOOL, ['slow', '/tell_story length=1', 'tool_off']),
  chatSwitch('a model is switched off', { scope: 'model', target: 'watched' }, [
    'thinking',
    'Think.',
    'model_off',
  ]),
  {
    name: 'a limit is changed',
    prepare: async (pair) => {
      const user = await aUser(pair.one);
      const limits = await asOperator<{ name: string; hits: number }[]>(pair, 'limits');
      const hits = limits.find(({ name }) => name === 'chat')!.hits / 2;
      return {
        act: () =>
          asOperator(pair, 'limits/chat', { method: 'PUT', body: { hits, reason: 'measured' } }),
        isInForce: async () => {
          const { headers } = await say(pair.other, user, 'slow', '/help');
          return headers.get('ratelimit-policy')!.includes(`"chat";q=${hits}`);
        },
        undo: () => asOperator(pair, 'limits/chat', { method: 'DELETE' }),
      };
    },
  },
  {
    name: 'another version of an assistant is loaded',
    prepare: async (pair) => {
      const { token } = await aUser(pair.one);
      const name = `Version ${(versions += 1)}`;
      const file = join(pair.one.environment.PROFILES_DIR!, 'changing.json');
      writeFileSync(file, JSON.stringify(aProfile('changing', { name })));
      return {
        act: () => asOperator(pair, 'profiles/reload', { method: 'POST' }),
        isInForce: async () => {
          const { body } = await call<{ name: string }>(pair.other, '/api/profiles/changing', {
            token,
          });
          return body.data?.name === name;
        },
      };
    },
  },
  {
    name: 'the signing keys are replaced',
    prepare: async (pair) => {
      const user = await aUser(pair.one);
      return {
        act: () => contain(pair, { type: 'rotate_keys' }),
        isInForce: () => isRefused(pair.other, user),
        undo: async () => {
          pair.operator = await renewed(pair, pair.operator);
          Object.assign(user, await renewed(pair, user));
        },
      };
    },
  },
];

/** As apps do: an instance that has not read of the new key yet signs with one that the other refuses. */
async function renewed<Signed extends User>({ one, other }: Pair, user: Signed): Promise<Signed> {
  let found = user;
  while (await isRefused(other, found)) {
    const { refreshToken } = found;
    const { data } = await call<User>(one, '/api/auth/refresh', { body: { refreshToken } });
    found = { ...found, ...data, token: data.accessToken };
  }
  return found;
}
