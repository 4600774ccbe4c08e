// An MCP server over stdio whose tools take their time: an answer of a given length after a given time, or none before
// the file named by SIGNAL is there.
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

const PIECE = 'Grüße, 日本 👩‍🚀! ';

const number = { type: 'integer' };
const inputSchema = {
  type: 'object',
  properties: { length: number, milliseconds: number },
  required: ['length'],
};
const tools = [
  { name: 'tell_story', title: 'Tell a story', inputSchema },
  { name: 'wait_for_signal', title: 'Wait', inputSchema: { type: 'object', properties: {} } },
];

const story = (length) => PIECE.repeat(Math.ceil(length / PIECE.length)).slice(0, length);

const answers = {
  tell_story: async ({ length, milliseconds = 0 }) => {
    await setTimeout(milliseconds);
    return story(length);
  },
  wait_for_signal: async () => {
    while (!existsSync(process.env.SIGNAL)) await setTimeout(20);
    return 'The signal is there.';
  },
};

const say = (message) =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

createInterface({ input: process.stdin }).on('line', async (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  if (method === 'initialize') {
    const serverInfo = { name: 'slow', version: '1' };
    const result = { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo };
    return say({ id, result });
  }
  if (method === 'tools/list') return say({ id, result: { tools } });
  if (method !== 'tools/call') {
    return say({ id, error: { code: -32601, message: 'No such method' } });
  }
  const text = await answers[params.name](params.arguments);
  say({ id, result: { content: [{ type: 'text', text }] } });
});
