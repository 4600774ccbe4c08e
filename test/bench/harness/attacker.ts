import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/** How often a slow client sends the next piece. Milliseconds. */
const PIECE_INTERVAL_MS = 1_000;

/** How long a connection that the gateway has closed waits before it comes again. Milliseconds. */
const PAUSE_MS = 100;

/** How many connections are opened at a time: more would wait in the queue of the kernel. */
const OPENED_AT_ONCE = 100;

/** The attacks come from as many addresses. */
const ADDRESSES = 20;

const [name, port] = process.argv.slice(2);

interface Attack {
  readonly connections: number;
  /** What is sent first. */
  readonly begin: (n: number) => string | Buffer;
  /** What is sent every second from then on. @default nothing */
  readonly piece?: string;
  /** Whether the next request follows each answer. */
  readonly isRepeated?: boolean;
}

const HOST = 'Host: gateway.example.org\r\n';
const HEADERS = Array.from({ length: 90 }, (_, n) => `X-${n}: ${'x'.repeat(140)}\r\n`).join('');

/** Bytes; a little less than the gateway takes. */
const BODY_SIZE = 60_000;

/** Their ways to lead to something else than they name, in any server that decodes twice, or too late. */
const TARGETS = [
  '/api/..%2f..%2fetc/passwd',
  '/api/%2e%2e/%2e%2e/health',
  '/api//profiles//',
  '/api/profiles%00.json',
  '/api/profiles;a=b',
  '/api/%c0%ae%c0%ae/profiles',
  '/api/profiles/%e2%80%ae%f0%9f%92%a9',
  '/api/ｐｒｏｆｉｌｅｓ',
  '/api/profiles?a[b][c][d]=1&a=2&__proto__[x]=1',
  `/api/${'%25'.repeat(1_000)}`,
  `/api/${'a/'.repeat(1_000)}`,
  `/api/profiles?${'a=1&'.repeat(1_500)}`,
];

const ATTACKS: Readonly<Record<string, Attack>> = {
  idle: { connections: 10_000, begin: () => `GET /health HTTP/1.1\r\n${HOST}\r\n` },
  'slow-headers': {
    connections: 2_000,
    begin: () => `GET /api/profiles HTTP/1.1\r\n${HOST}`,
    piece: 'X: y\r\n',
  },
  'slow-bodies': {
    connections: 2_000,
    begin: () => postOf({ 'Content-Length': '4096' }, Buffer.from('{')),
    piece: ' ',
  },
  headers: {
    connections: 50,
    begin: () => `GET /api/profiles HTTP/1.1\r\n${HOST}${HEADERS}\r\n`,
    isRepeated: true,
  },
  'large-headers': {
    connections: 50,
    begin: () => `GET /api/profiles HTTP/1.1\r\n${HOST}${HEADERS.repeat(3)}\r\n`,
    isRepeated: true,
  },
  json: {
    connections: 50,
    begin: (n) => bodyOf(n % 2 ? '['.repeat(BODY_SIZE) : manyKeys()),
    isRepeated: true,
  },
  gzip: {
    connections: 50,
    begin: () => gzipped,
    isRepeated: true,
  },
  paths: {
    connections: 50,
    begin: (n) => Buffer.from(`GET ${TARGETS[n % TARGETS.length]} HTTP/1.1\r\n${HOST}\r\n`),
    isRepeated: true,
  },
};

const gzipped = postOf({ 'Content-Encoding': 'gzip' }, gzipSync(Buffer.alloc(50 * 2 ** 20, ' ')));

function manyKeys(): string {
  const keys = Array.from({ length: BODY_SIZE / 12 }, (_, n) => `"k${n}":0`);
  return `{${keys.join(',')}}`.slice(0, BODY_SIZE);
}

function bodyOf(text: string): Buffer {
  return postOf({}, Buffer.from(text));
}

function postOf(headers: Record<string, string>, body: Buffer): Buffer {
  const lines = { 'Content-Type': 'application/json', 'Content-Length': String(body.length) };
  const head = Object.entries({ ...lines, ...headers }).map(([key, value]) => `${key}: ${value}`);
  return Buffer.concat([
    Buffer.from(`POST /api/auth/login HTTP/1.1\r\n${HOST}${head.join('\r\n')}\r\n\r\n`),
    body,
  ]);
}

let sent = 0;

/** Keeps one connection, and another one for each that ends. */
async function hold(n: number, attack: Attack): Promise<void> {
  const localAddress = `127.0.1.${1 + (n % ADDRESSES)}`;
  let round = n;
  for (;;) {
    const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress });
    const sendNext = () => send(socket, attack.begin((round += 1)));
    socket.on('error', () => undefined).once('connect', sendNext);
    socket.on('data', (bytes: Buffer) => {
      if (attack.isRepeated && bytes.includes('HTTP/1.1 ')) sendNext();
    });
    const sendPiece = () => attack.piece && send(socket, attack.piece);
    const pieces = setInterval(sendPiece, PIECE_INTERVAL_MS);
    await once(socket, 'close');
    clearInterval(pieces);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

function send(socket: Socket, bytes: string | Buffer): void {
  sent += 1;
  socket.write(bytes);
}

const chosen = ATTACKS[name!]!;
for (let n = 0; n < chosen.connections; n += 1) {
  void hold(n, chosen);
  if (n % OPENED_AT_ONCE === 0) await new Promise((resolve) => setTimeout(resolve, 20));
}
process.send!('open');
process.once('message', () => process.send!(sent, () => process.exit()));
