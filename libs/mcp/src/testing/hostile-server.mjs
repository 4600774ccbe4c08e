// An MCP server of the 2025 era, written by hand so that it can misbehave: `node hostile-server.mjs <habit> [argument]`.
import { appendFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const [habit = 'honest', argument] = process.argv.slice(2);
const say = (message) => {
  // An answer would end the line, and the gateway finds an answer behind other text.
  if (habit === 'endless-line') return;
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
};
const print = (line) => process.stdout.write(`${line}\n`);
const text = (value) => ({ content: [{ type: 'text', text: value }] });
const tool = (name) => ({ name, description: `Tool ${name}`, inputSchema: { type: 'object' } });
let listed = 0;
let sessionStarted = false;

if (habit === 'ignores-sigterm') {
  process.on('SIGTERM', () => undefined);
  setInterval(() => undefined, 1000);
}
if (habit === 'stray-lines') {
  print('Starting up!\nListening on stdio\n{"level":30,"msg":"ready"}');
}
const isGarbage = habit === 'garbage' || habit === 'refuses-to-end';
if (isGarbage) setInterval(() => print('<html>not a protocol</html>\n'.repeat(5000)), 5);
if (habit === 'endless-line') setInterval(() => process.stdout.write('x'.repeat(1 << 20)), 1);
if (habit === 'leaves-grandchild') {
  const grandchild = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    stdio: 'inherit',
  });
  appendFileSync(argument, `${grandchild.pid}\n`);
}
if (habit === 'hangs-on-connect' || habit === 'refuses-to-end') {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => undefined);
  setInterval(() => undefined, 1000);
  if (argument) appendFileSync(argument, `${process.pid}\n`);
}
if (habit === 'clings') {
  // It ends for no signal that can be ignored, nor when its input ends; nor do its children, of which one has
  // no variable that it could be known by, and the other has left for a session of its own.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => undefined);
  setInterval(() => undefined, 1000);
  const stubborn = 'trap \'\' TERM INT HUP; echo $$ >> "$1"; while :; do sleep 60; done';
  spawn('/bin/sh', ['-c', stubborn, 'sh', argument], { stdio: 'ignore', env: {} });
  const twice = `(sh -c '${stubborn.replaceAll("'", `'\\''`)}' sh "$1" &)`;
  spawn('sh', ['-c', twice, 'sh', argument], { stdio: 'ignore', detached: true });
  appendFileSync(argument, `${process.pid}\n`);
}

const lists = {
  'many-pages': (cursor = '0') => ({
    tools: [tool(`t${cursor}`)],
    nextCursor: Number(cursor) < 4 ? String(Number(cursor) + 1) : undefined,
  }),
  'endless-pages': (cursor = '0') => ({
    tools: [tool(`t${cursor}`)],
    nextCursor: String(Number(cursor) + 1),
  }),
  'changes-list': () => {
    listed += 1;
    return { tools: [tool(`version-${listed}`)] };
  },
  'wrong-list': () => ({ tools: 'none' }),
};

const calls = {
  'hangs-on-call': (id, { name }) => name === 'quick' && say({ id, result: text('quick') }),
  'ignores-sigterm': (id, { name }) =>
    name === 'pid' && say({ id, result: text(`${process.pid}`) }),
  'crashes-on-call': (id, { name }) =>
    name === 'pid' ? say({ id, result: text(`${process.pid}`) }) : process.exit(1),
  'counts-calls': (_id, params) => {
    appendFileSync(argument, `${params.name}\n`);
    process.exit(1);
  },
  'huge-result': (id) => say({ id, result: text('x'.repeat(10 * 1024 * 1024)) }),
  'garbage-on-call': () => print('not a message\n'.repeat(400_000)),
  'changes-list': (id) => {
    say({ method: 'notifications/tools/list_changed' });
    say({ id, result: text('changed') });
  },
  'logs-on-call': (id) => {
    print('handling a call');
    say({ id, result: text('done') });
  },
  refuses: (id) => say({ id, error: { code: -32602, message: 'x must be\u001b[31m a number' } }),
};

function answer({ id, method, params }) {
  switch (method) {
    case 'initialize':
      if (habit === 'hangs-on-connect' || isGarbage) return;
      sessionStarted = true;
      say({
        id,
        result: {
          protocolVersion: params.protocolVersion,
          capabilities: { tools: { listChanged: true } },
          serverInfo: { name: habit, version: '1' },
        },
      });
      return;
    case 'tools/list':
      say({ id, result: lists[habit]?.(params?.cursor) ?? { tools: [tool('echo')] } });
      return;
    case 'tools/call':
      if (params.name === 'exit') process.exit(0);
      if (calls[habit]) calls[habit](id, params);
      else
        say({ id, result: text(JSON.stringify({ pid: process.pid, argument, env: process.env })) });
      return;
    default:
      if (habit === 'exits-when-probed' && !sessionStarted) process.exit(0);
      if (id === undefined || habit === 'hangs-on-connect' || habit === 'silent-when-probed')
        return;
      say({ id, error: { code: -32601, message: 'Method not found' } });
  }
}

createInterface({ input: process.stdin }).on('line', (line) => answer(JSON.parse(line)));
