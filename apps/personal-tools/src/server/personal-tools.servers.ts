import type { Transport } from '@modelcontextprotocol/server';
import { Injectable } from '@nestjs/common';
import { validate } from 'uuid';
import { PersonalToolsServerFactory } from './personal-tools-server.factory.js';

/** The tools without a network in between, for a gateway that runs them in its own process. */
@Injectable()
export class PersonalToolsServers {
  constructor(private readonly factory: PersonalToolsServerFactory) {}

  /**
   * Starts a server for one owner and gives the client's end of the connection to it. The server speaks
   * both protocol eras, and is gone when the client's end is closed.
   */
  async connect(ownerId: string): Promise<Transport> {
    if (!validate(ownerId)) throw new TypeError('The owner must be a UUID.');
    const { InMemoryTransport } = await import('@modelcontextprotocol/server');
    const { serveStdio } = await import('@modelcontextprotocol/server/stdio');
    const [clientEnd, serverEnd] = InMemoryTransport.createLinkedPair();
    // Despite its name it serves any single connection, and is what decides which era the client speaks.
    serveStdio(() => this.factory.create(ownerId), { transport: serverEnd, maxSubscriptions: 0 });
    return clientEnd;
  }
}
