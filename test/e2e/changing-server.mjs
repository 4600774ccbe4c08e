// An MCP server over stdio whose tools are what a file says at the moment. With `announcing` it tells when the file has changed.
import { readFileSync, watchFile } from 'node:fs';
import { createInterface } from 'node:readline';

const [, , file, announcing] = process.argv;

const say = (id, result) =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`);

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  if (method === 'initialize') {
    return say(id, {
      protocolVersion: '2025-06-18',
      capabilities: { tools: { listChanged: announcing !== undefined } },
      serverInfo: { name: 'changing', version: '1' },
    });
  }
  if (method === 'tools/list') return say(id, { tools: JSON.parse(readFileSync(file, 'utf8')) });
  say(id, { content: [{ type: 'text', text: `called ${params.name}` }] });
});

if (announcing) {
  watchFile(file, { interval: 50 }, () => {
    const method = 'notifications/tools/list_changed';
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', method })}\n`);
  });
}
