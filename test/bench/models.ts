import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ModelAnswer,
  type ModelServer,
  startModelServer,
  stream,
} from '../../libs/models/src/testing/model-server.ts';
import { chunk, DONE, says } from '../../libs/models/src/testing/open-ai-answers.ts';
import type { Database } from './harness/databases.ts';
import { aPhone } from './harness/phones.ts';
import { atLeast, atMost, milliseconds, ratio, type Row, shown } from './harness/row.ts';
import { type Server, startGateway } from './harness/servers.ts';
import { median, withSpread } from './harness/statistics.ts';

const WARM_UP_ANSWERS = 200;
const ANSWERS = 400;
const MOST_ADDED_MS = 5;

/** Answers that are streamed at once, each by a model that writes as fast as fast ones do. */
const STREAMS = 50;
const TOKENS = 600;
const TOKEN_EVERY_MS = 10;
const LEAST_THROUGHPUT = 0.8;

const WORD = 'word ';

/** Streamed answers of a model, through the gateway and without it. */
export async function models(database: Database): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-models-'));
  const server = await startModelServer(says(WORD));
  const gateway = await startGateway({
    ...(await database.fresh()),
    PROFILES_DIR: folder,
    MODELS_DIR: aModelsFolder(folder, server.url),
    // A stream whose end has been read may still be counted for a moment.
    STREAMS_PER_USER: String(2 * STREAMS),
  });
  const { token } = await aPhone(gateway.url, 'reader');
  const through = throughGateway(gateway, token);
  const direct = askingModel(server);
  const rows = [
    ...(await measureFirstToken(through, direct)),
    ...(await measureThroughput(server, through, direct)),
  ];
  await gateway.stop();
  await server.close();
  rmSync(folder, { recursive: true });
  return rows;
}

/** Asks for an answer, and tells when its first word and its end came. Milliseconds. */
type Ask = () => Promise<{ first: number; end: number }>;

async function measureFirstToken(through: Ask, direct: Ask): Promise<Row[]> {
  const times = { through: [] as number[], direct: [] as number[] };
  for (let n = 0; n < WARM_UP_ANSWERS; n += 1) await through();
  for (let n = 0; n < ANSWERS; n += 1) {
    times.direct.push((await direct()).first);
    times.through.push((await through()).first);
  }
  return [
    shown('The first word of a model asked directly', withSpread(times.direct, milliseconds)),
    atMost(
      'What the gateway adds to that, median',
      median(times.through) - median(times.direct),
      MOST_ADDED_MS,
      milliseconds,
    ),
  ];
}

async function measureThroughput(server: ModelServer, through: Ask, direct: Ask): Promise<Row[]> {
  server.answer(paced);
  const all = async (ask: Ask) => {
    const from = performance.now();
    await Promise.all(Array.from({ length: STREAMS }, ask));
    return (STREAMS * TOKENS) / (performance.now() - from);
  };
  await all(through);
  const ratios = [];
  for (let round = 0; round < 3; round += 1) {
    const asked = await all(direct);
    ratios.push((await all(through)) / asked);
  }
  return [
    atLeast(
      `Tokens per second of ${STREAMS} streams at once ÷ those of the model asked directly`,
      median(ratios),
      LEAST_THROUGHPUT,
      ratio,
      withSpread(ratios, ratio),
    ),
  ];
}

const paced: ModelAnswer = (response) => {
  stream(response);
  let sent = 0;
  const timer = setInterval(() => {
    response.write(chunk({ content: WORD }));
    sent += 1;
    if (sent < TOKENS) return;
    clearInterval(timer);
    response.end(chunk({}, { finish: 'stop' }) + DONE);
  }, TOKEN_EVERY_MS);
};

function throughGateway({ url }: Server, token: string): Ask {
  const body = JSON.stringify({ message: 'Go on.', profile_id: 'thinking' });
  const headers = { Authorization: `Bearer ${token}`, Accept: 'text/event-stream' };
  return asking(`${url}/api/chat`, body, headers, '"text-delta"');
}

function askingModel({ url }: ModelServer): Ask {
  const messages = [{ role: 'user', content: 'Go on.' }];
  const body = JSON.stringify({ model: 'test-model', stream: true, messages });
  return asking(`${url}/v1/chat/completions`, body, {}, `"${WORD}"`);
}

function asking(
  url: string,
  body: string,
  headers: Record<string, string>,
  firstWord: string,
): Ask {
  const agent = new Agent({ keepAlive: true });
  const all = {
    ...headers,
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
  };
  return () =>
    new Promise((resolve, reject) => {
      const from = performance.now();
      const sent = request(url, { method: 'POST', agent, headers: all }, (answer) => {
        void timesOf(answer, firstWord, from).then(resolve, reject);
      });
      sent.once('error', reject).end(body);
    });
}

async function timesOf(answer: IncomingMessage, firstWord: string, from: number) {
  let first = 0;
  let last = '';
  for await (const text of answer.setEncoding('latin1')) {
    last = String(text);
    if (first === 0 && last.includes(firstWord)) first = performance.now() - from;
  }
  if (answer.statusCode !== 200 || first === 0) {
    throw new Error(`an answer came with ${answer.statusCode}: ${last}`);
  }
  return { first, end: performance.now() - from };
}

function aModelsFolder(folder: string, url: string): string {
  const models = mkdtempSync(join(folder, 'models-'));
  const model = {
    id: 'bench',
    provider: 'openai-compatible',
    model: 'test-model',
    baseUrl: `${url}/v1`,
    contextWindow: 8_192,
    maxOutputTokens: 2_048,
    active: true,
  };
  writeFileSync(join(models, 'bench.json'), JSON.stringify(model));
  const profile = {
    id: 'thinking',
    name: 'Thinking',
    description: 'Answers without tools.',
    icon: 'brain',
    version: '1.0.0',
    engine: 'model',
    model: { name: 'bench', instructions: 'Answer.' },
    servers: [{ name: 'personal-tools', transport: 'built-in' }],
    allowedTools: { 'personal-tools': ['list_notes'] },
    toolRisks: { list_notes: 'read' },
    limits: { seconds: 60, resultBytes: 65_536, runs: STREAMS },
    isolation: 'per-user',
    active: true,
  };
  writeFileSync(join(folder, 'thinking.json'), JSON.stringify(profile));
  return models;
}
