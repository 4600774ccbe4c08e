import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Gateway } from '../e2e/gateway.ts';

const opened: Socket[] = [];

/** Closes what a file has opened. */
export function closeClients(): void {
  for (const socket of opened.splice(0)) socket.destroy();
}

/** A client that sends, never ends its side, and reads nothing unless it is told to. */
export async function client({ url }: Gateway, bytes = ''): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  opened.push(socket.on('error', () => undefined));
  await once(socket, 'connect');
  socket.pause();
  if (bytes) socket.write(bytes);
  return socket;
}

/** Sends bytes, and reads until the gateway closes the connection. */
export async function raw(gateway: Gateway, bytes: string): Promise<string> {
  const socket = await client(gateway, bytes);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  socket.once('end', () => socket.end()).resume();
  await once(socket, 'close');
  return text;
}
