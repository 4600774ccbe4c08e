import { type AddressInfo, createServer, connect, type Server, type Socket } from 'node:net';

/** A way to the database that can be closed and opened again. */
export class DatabaseGate {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private isSilent = false;

  constructor(private readonly target: URL) {}

  async open(port = 0): Promise<number> {
    this.server = createServer((client) => {
      const upstream = connect(Number(this.target.port || 5432), this.target.hostname);
      for (const socket of [client, upstream]) {
        this.sockets.add(socket);
        socket.on('error', () => socket.destroy());
      }
      // Not by pipes, which would resume by themselves.
      client.on('data', (data) => upstream.write(data)).on('end', () => upstream.end());
      upstream.on('data', (data) => client.write(data)).on('end', () => client.end());
      for (const socket of [client, upstream]) this.hush(socket);
    });
    await new Promise<void>((done) => this.server!.listen(port, '127.0.0.1', done));
    return (this.server.address() as AddressInfo).port;
  }

  /** Connections stay and are accepted, and nothing passes any more; or all of it again. */
  silence(isSilent: boolean): void {
    this.isSilent = isSilent;
    for (const socket of this.sockets) this.hush(socket);
  }

  private hush(socket: Socket): void {
    if (this.isSilent) socket.pause();
    else socket.resume();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
    await new Promise((done) => this.server!.close(done));
  }
}
