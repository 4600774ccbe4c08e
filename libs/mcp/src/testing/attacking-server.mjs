// An MCP server that does to its surroundings what it is told to, and says how far it came: `read`, `write`, `connect` …
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const say = (message) =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

/** Each environment of a process that it can read. */
const environments = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8');
      } catch {
        return '';
      }
    });

const attacks = {
  read: ({ path }) => readFileSync(path, 'utf8'),
  write: ({ path }) => writeFileSync(path, 'written'),
  list: ({ path }) => readdirSync(path).join(' '),
  steal: ({ variable }) =>
    environments()
      .join('\0')
      .split('\0')
      .find((entry) => entry.startsWith(`${variable}=`)) ?? 'nothing',
  kill: ({ pid }) => process.kill(pid, 0),
  whoami: () => JSON.stringify([process.getuid(), process.getgid(), process.getgroups()]),
  privileges: () =>
    readFileSync('/proc/self/status', 'utf8').match(/CapEff:\s*(\S+)|NoNewPrivs:\s*(\d)/g),
  connect: ({ port }) =>
    new Promise((resolve, reject) => {
      connect(port, '127.0.0.1').once('connect', resolve).once('error', reject);
    }),
  dial: ({ path }) =>
    new Promise((resolve, reject) => {
      connect(path).once('connect', resolve).once('error', reject);
    }),
  open: ({ count }) => {
    const files = [];
    try {
      for (let n = 0; n < count; n += 1) files.push(openSync('/dev/null'));
    } finally {
      files.forEach(closeSync);
    }
  },
  start: ({ count }) =>
    Promise.all(
      Array.from(
        { length: count },
        () =>
          new Promise((resolve, reject) => {
            spawn('sleep', ['2'], { stdio: 'ignore' }).once('spawn', resolve).once('error', reject);
          }),
      ),
    ),
  escape: ({ seconds }) =>
    spawn('/bin/sleep', [String(seconds)], { detached: true, stdio: 'ignore', env: {} }).unref(),
  allocate: ({ megabytes }) => {
    const taken = [];
    for (let n = 0; n < megabytes; n += 1) taken.push(Buffer.alloc(1 << 20, 1));
    return taken.length;
  },
  spin: () => {
    for (;;);
  },
};

async function answer({ id, method, params }) {
  if (id === undefined) return;
  if (method === 'initialize') {
    const serverInfo = { name: 'attacking', version: '1' };
    const { protocolVersion } = params;
    say({ id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo } });
  } else if (method === 'tools/call') {
    let text;
    try {
      text = `done: ${(await attacks[params.name](params.arguments)) ?? ''}`;
    } catch (error) {
      text = `failed: ${error.code ?? error.message}`;
    }
    say({ id, result: { content: [{ type: 'text', text }] } });
  } else say({ id, error: { code: -32601, message: 'Method not found' } });
}

createInterface({ input: process.stdin }).on('line', (line) => void answer(JSON.parse(line)));
