// An MCP server over stdio whose tools and results are what a file says, and which writes down what it is called with.
import { appendFileSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [, , stateFile, callsFile] = process.argv;
const state = () => JSON.parse(readFileSync(stateFile, 'utf8'));

const write = (message) =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const say = (id, result) => write({ id, result });

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  if (method === 'initialize') {
    return say(id, {
      protocolVersion: '2025-06-18',
      capabilities: { tools: {} },
      serverInfo: { name: 'mail', version: '1' },
    });
  }
  if (method === 'tools/list') return say(id, { tools: state().tools });
  if (method !== 'tools/call') {
    return write({ id, error: { code: -32601, message: 'Method not found' } });
  }
  appendFileSync(callsFile, `${JSON.stringify(params)}\n`);
  const { text = 'Done.', isError = false } = state().results[params.name] ?? {};
  say(id, { content: [{ type: 'text', text }], isError });
});
