import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** A call of a webhook whose signature was right. */
export interface Received {
  readonly id: string;
  readonly event: Record<string, unknown>;
}

/** The server of an operator who gets signed events. */
export interface WebhookReceiver {
  readonly url: string;
  readonly secret: string;
  readonly received: readonly Received[];
  /** How many calls came, taken or not. */
  readonly calls: number;
  /** Bytes of bodies that were written to the gateway. */
  readonly bytesWritten: number;
  /** Connections that are open. */
  connections(): Promise<number>;
  /** The answers from now on; a redirect leads to the receiver itself. */
  answerWith(answer: ReceiverAnswer): void;
  close(): void;
}

/**
 * A status, or an answer that is none:
 *
 * - `hang`: the call is accepted, and nothing follows;
 * - `drip`: a byte of a header now and then, for ever;
 * - `drip body`: status 200, then a byte of the body now and then, for ever;
 * - `flood`: status 200, then a gigabyte.
 */
export type ReceiverAnswer = number | 'hang' | 'drip' | 'drip body' | 'flood';

const DRIP_MS = 100;
const FLOOD_BYTES = 1_073_741_824;

/** Verifies with the library of the format, as a receiver would. */
export async function aWebhookReceiver(): Promise<WebhookReceiver> {
  const secret = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
  const webhook = new Webhook(secret);
  const received: Received[] = [];
  let answer: ReceiverAnswer = 204;
  let calls = 0;
  let bytesWritten = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      calls += 1;
      if (answer === 'hang') return;
      if (answer === 'drip') return drip(response.socket!, 'HTTP/1.1 200 OK\r\nX-Drip: ');
      if (answer === 'drip body') return drip(response.socket!, DRIPPED_BODY);
      if (answer === 'flood') {
        const chunk = Buffer.alloc(65_536);
        response.writeHead(200, { 'content-length': FLOOD_BYTES });
        const pour = () => {
          while (bytesWritten < FLOOD_BYTES && !response.destroyed) {
            bytesWritten += chunk.length;
            if (!response.write(chunk)) return void response.once('drain', pour);
          }
        };
        return pour();
      }
      if (answer === 204) {
        const { data } = webhook.verify(body, texts(request.headers)) as {
          data: Record<string, unknown>;
        };
        received.push({ id: String(request.headers['webhook-id']), event: data });
      }
      response.writeHead(answer, { location: '/moved' }).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    secret,
    received,
    get calls() {
      return calls;
    },
    get bytesWritten() {
      return bytesWritten;
    },
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
      }),
    answerWith: (next) => void (answer = next),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const DRIPPED_BODY = 'HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n';

/** Writes a beginning, and then a byte now and then until the other side hangs up. */
function drip(socket: Socket, beginning: string): void {
  socket.write(beginning);
  const timer = setInterval(() => socket.write('x'), DRIP_MS);
  socket.once('close', () => clearInterval(timer)).on('error', () => undefined);
}

function texts(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
