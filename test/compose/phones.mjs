// Phones that chat through the proxy until the file named by the first argument is there. Then what each was told is
// compared with its history: node phones.mjs STOP BASE_URL ACCESS_TOKEN
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const [, , stop, base, token] = process.argv;
const PHONES = 8;
/** A phone that has waited so long has a person who gives up. Milliseconds. */
const PATIENCE_MS = 60_000;
const counts = { acknowledged: 0, repeated: 0, resumed: 0, refused: 0 };

const call = (path, options = {}) =>
  fetch(`${base}${path}`, {
    ...options,
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      ...options.headers,
    },
  });

/** Sends a message until it is answered, under one key, and returns the text of the answer. */
async function send(conversation, message, isStream) {
  const until = Date.now() + PATIENCE_MS;
  const key = randomUUID();
  for (;;) {
    try {
      return await sendOnce(conversation, message, isStream, key);
    } catch (error) {
      if (Date.now() > until) throw new Error(`${message} was never answered`, { cause: error });
      counts.repeated += 1;
      await pause(100);
    }
  }
}

async function sendOnce(conversation, message, isStream, key) {
  const response = await call('/api/chat', {
    method: 'POST',
    headers: { 'Idempotency-Key': key, ...(isStream ? { Accept: 'text/event-stream' } : {}) },
    body: JSON.stringify({ profile_id: 'notes', conversation_id: conversation, message }),
  });
  if (!response.ok) {
    counts.refused += 1;
    throw new Error(`status ${response.status}: ${(await response.text()).slice(0, 200)}`);
  }
  if (!isStream) return (await response.json()).data.response;
  const seen = { text: '', isWhole: false };
  await follow(response, seen).catch(() => undefined);
  while (!seen.isWhole) {
    if (!seen.runId) throw new Error('cut before the run had a name');
    counts.resumed += 1;
    await pause(100);
    await resume(seen).catch(() => undefined);
  }
  return seen.text;
}

async function resume(seen) {
  const headers = seen.lastId ? { 'Last-Event-ID': seen.lastId } : {};
  const response = await call(`/api/chat/runs/${seen.runId}/events`, { headers });
  if (response.ok) await follow(response, seen);
}

async function follow(response, seen) {
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const events = (rest + chunk).split('\n\n');
    rest = events.pop();
    for (const event of events) take(event, seen);
  }
}

function take(event, seen) {
  const id = /^id: ?(.+)$/m.exec(event)?.[1];
  const data = /^data: ?(.+)$/m.exec(event)?.[1];
  if (id) seen.lastId = id;
  if (data === '[DONE]') seen.isWhole = true;
  if (!data?.startsWith('{')) return;
  const part = JSON.parse(data);
  if (part.type === 'start') seen.runId = part.messageMetadata.runId;
  if (part.type === 'text-delta') seen.text += part.delta;
}

async function historyOf(conversation) {
  const messages = [];
  for (let cursor = ''; cursor !== null;) {
    const response = await call(
      `/api/chat/history/${conversation}?limit=100${cursor && `&cursor=${cursor}`}`,
    );
    const { data } = await response.json();
    messages.push(...data.messages);
    cursor = data.nextCursor ?? null;
  }
  return messages;
}

/** Each has an answer of its own. Of four one adds a note: a fast service would reach the most that there can be. */
function messageOf(conversation, number) {
  if (number % 4 !== 1) return `/read_note ${1_000_000 + number}`;
  return `/add_note title=${conversation}-${number} text=x`;
}

async function phone(n) {
  const conversation = `phone-${n}-${Date.now()}`;
  const told = new Map();
  for (let number = 1; !existsSync(stop); number += 1) {
    const message = messageOf(conversation, number);
    told.set(message, await send(conversation, message, number % 2 === 0));
    counts.acknowledged += 1;
  }
  const history = await historyOf(conversation);
  return [...told].filter(([message, answer]) => {
    const sent = history.filter(({ role, content }) => role === 'user' && content === message);
    const answers = history.filter(
      ({ role, content }) => role === 'assistant' && content === answer,
    );
    return sent.length !== 1 || answers.length !== 1;
  });
}

const wrong = (await Promise.all(Array.from({ length: PHONES }, (_, n) => phone(n)))).flat();
console.log(JSON.stringify({ ...counts, wrong: wrong.length, examples: wrong.slice(0, 3) }));
process.exitCode = wrong.length === 0 && counts.acknowledged > 50 ? 0 : 1;
