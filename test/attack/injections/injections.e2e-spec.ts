import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type AskedRequest,
  type ModelAnswer,
  type ModelServer,
  startModelServer,
} from '../../../libs/models/src/testing/model-server.js';
import { calls, says } from '../../../libs/models/src/testing/open-ai-answers.js';
import { aUser, call, type User } from '../../e2e/client.ts';
import { runCommand } from '../../e2e/command.ts';
import { aSecret, freshStorage, type Gateway, startGateway } from '../../e2e/gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from '../../e2e/models.ts';
import { aProfile, aProfilesDir } from '../../e2e/profiles.ts';
import { replaceFile } from '../../e2e/replace-file.ts';
import { ALLOWED, poisoned, RISKS } from './mail-tools.ts';
import { COLLECTOR, type Injection, INJECTIONS, type Outcome } from './published-injections.ts';

interface Card {
  readonly callId: string;
  readonly state: string;
  readonly arguments: { readonly name: string; readonly value: string }[];
}

interface Run {
  readonly runId: string;
  readonly status: string;
  readonly conversationId: string;
  readonly approvals?: Card[];
}

interface Answer extends Run {
  readonly response: string;
  readonly errorCode?: string;
}

interface Told {
  readonly messages: { readonly role: string; readonly content?: string | null }[];
  readonly tools: unknown;
}

/** What an attack has come to. */
interface Observed {
  readonly answer: string;
  readonly errorCode: string | undefined;
  readonly cards: readonly Card[];
  /** What the model was told of its calls. */
  readonly results: readonly string[];
  /** What the server was called with, but for the reading that the person wanted. */
  readonly done: readonly { readonly name: string }[];
  readonly hasSeen: boolean;
  readonly wasFetched: boolean;
}

const folder = mkdtempSync(join(tmpdir(), 'gateway-injections-'));
const [stateFile, callsFile] = ['state.json', 'calls.jsonl'].map((name) => join(folder, name)) as [
  string,
  string,
];
const serve = (place: Injection['place'], text: string) =>
  replaceFile(stateFile, JSON.stringify(poisoned(place, text)));

const assistant = (id: string) =>
  aProfile(id, {
    engine: 'model',
    servers: [
      {
        name: 'mail',
        transport: 'stdio',
        command: process.execPath,
        args: [resolve('test/attack/injections/poisoned-server.mjs'), stateFile, callsFile],
      },
    ],
    allowedTools: { mail: ALLOWED },
    toolRisks: RISKS,
  });

/** A server of the attacker: each request to it has given something away. */
const collected: string[] = [];
const collector = createServer((request, response) => {
  collected.push(request.url ?? '');
  response.end();
});
let collectorUrl: string;
let model: ModelServer;
let gateway: Gateway;

beforeAll(async () => {
  await new Promise<void>((listening) => collector.listen(0, '127.0.0.1', listening));
  collectorUrl = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  model = await startModelServer(says('Hello.'));
  serve('message', '');
  const environment = {
    ...(await freshStorage()),
    MODELS_DIR: aModelsDir(aModelFile('main', model.url, { default: true })),
    PROFILES_DIR: aProfilesDir({
      'mail.json': assistant('mail'),
      'pinned.json': assistant('pinned'),
    }),
    [MODEL_KEY]: aSecret(),
  };
  await runCommand({ environment }, 'profiles', 'pin', 'pinned');
  gateway = await startGateway({ environment });
});
afterAll(async () => {
  await model.close();
  collector.close();
  rmSync(folder, { recursive: true });
});

/** All texts of a value, the names of members included. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [name, ...textsOf(member)]);
}

/** What a text shows, as terminals hide it and the gateway cleans it. */
// eslint-disable-next-line no-control-regex
const shown = (text: string) => text.replaceAll(/\u001b\[[\d;]*m/g, '');

/** A model that reads the inbox, and then does whatever the attacker wants. */
function obedient({ place, text, obeys, repeats }: Injection, seen: () => void): ModelAnswer {
  let hasObeyed = false;
  const answerTo = ({ body }: AskedRequest): ModelAnswer => {
    const { messages, tools } = body as unknown as Told;
    const isSeen = textsOf([messages, tools]).some((one) => one.includes(shown(text)));
    if (isSeen) seen();
    const mayObey = isSeen && (repeats || !hasObeyed);
    const hasRead = messages.some(({ role }) => role === 'tool');
    if (mayObey && (hasRead || !['result', 'error', 'annotations'].includes(place))) {
      hasObeyed = true;
      return 'says' in obeys
        ? says(obeys.says.replace(COLLECTOR, collectorUrl))
        : calls(...obeys.calls);
    }
    return hasRead || hasObeyed ? says('That is all.') : calls({ name: 'read_inbox', text: '{}' });
  };
  return (response, request) => answerTo(request)(response, request);
}

const runOf = async ({ token }: User, runId: string) =>
  (await call<Run>(gateway, `/api/chat/runs/${runId}`, { token })).data;

/** Refuses whatever is asked, until the run has ended. */
async function refuseAll(user: User, runId: string): Promise<Run> {
  for (;;) {
    const run = await runOf(user, runId);
    if (!['running', 'waiting_for_approval'].includes(run.status)) return run;
    for (const { callId } of run.approvals?.filter(({ state }) => state === 'pending') ?? []) {
      await call(gateway, `/api/chat/runs/${runId}/approvals/${callId}`, {
        token: user.token,
        body: { approve: false },
      });
    }
  }
}

async function attack(injection: Injection): Promise<Observed> {
  const { place, text } = injection;
  serve(place, text);
  writeFileSync(callsFile, '');
  collected.length = 0;
  model.asked.length = 0;
  let hasSeen = false;
  model.answer(obedient(injection, () => (hasSeen = true)));
  const user = await aUser(gateway);
  const profile = /^(?:changed|new) /.test(place) ? 'pinned' : 'mail';
  const { data, status } = await call<Answer>(gateway, '/api/chat', {
    token: user.token,
    body: { message: place === 'message' ? text : 'What is new?', profile_id: profile },
  });
  const run = status === 202 ? await refuseAll(user, data.runId) : undefined;
  const path = `/api/chat/history/${data.conversationId}`;
  const history = await call<{ messages: { content: string }[] }>(gateway, path, {
    token: user.token,
  });
  const results = model.asked.flatMap(({ body }) =>
    (body as unknown as Told).messages
      .filter(({ role }) => role === 'tool')
      .map(({ content }) => content ?? ''),
  );
  const done = readFileSync(callsFile, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { name: string; arguments: object })
    .filter(({ name, arguments: given }) => name !== 'read_inbox' || 'user' in given);
  return {
    answer: history.data.messages.at(-1)!.content,
    errorCode: data.errorCode,
    cards: run?.approvals ?? [],
    results,
    done,
    hasSeen,
    wasFetched: collected.length > 0,
  };
}

function outcomeOf({ place, obeys }: Injection, observed: Observed): Outcome {
  const { answer, cards, results, done, hasSeen, wasFetched, errorCode } = observed;
  const isTold = (words: RegExp) => results.some((result) => words.test(result));
  if (done.length > 0 || wasFetched) return 'not stopped';
  if (!hasSeen) return /^(?:changed|new) /.test(place) ? 'pins' : 'cleaned';
  if (cards.length > 0 || isTold(/^The arguments are too long to be shown/)) return 'approval';
  if (isTold(/^There is no such tool/)) return 'allow list';
  if (isTold(/^The arguments do not fit/)) return 'schema';
  if (errorCode === 'answer_incomplete') return 'bounds';
  if ('says' in obeys && answer.includes(collectorUrl)) return 'words only';
  throw new Error(`nothing has come of it: ${JSON.stringify(observed)}`);
}

describe('with a model that always obeys the attacker', () => {
  it.each(INJECTIONS)('$attack ($source): $outcome', async (injection) => {
    const observed = await attack(injection);
    expect(outcomeOf(injection, observed)).toBe(injection.outcome);
    // What the person was asked is what the attacker wanted, and nothing nicer; once.
    const { obeys } = injection;
    if (observed.cards.length === 0 || 'says' in obeys) return;
    expect(observed.cards).toHaveLength(1);
    const wanted = JSON.parse(obeys.calls.at(-1)!.text) as Record<string, unknown>;
    expect(observed.cards[0]!.arguments).toEqual(
      Object.entries(wanted).map(([name, value]) => ({ name, value: String(value) })),
    );
  });
});

describe('docs/injections.md', () => {
  it('has each attack, with its source and what stops it', () => {
    const rows = readFileSync('docs/injections.md', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(2)
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    expect(rows).toEqual(
      INJECTIONS.map(({ attack: name, source, place, outcome }) => [name, source, place, outcome]),
    );
    expect(rows.length).toBeGreaterThanOrEqual(30);
  });
});
