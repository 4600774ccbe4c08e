import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DriverModule } from './driver.module.ts';
import { Person } from './person.ts';
import { play, type Scenario } from './scenarios.ts';

/** How many scenarios are played at the same time: the runner starts all at once, which a busy machine is slow with. */
const AT_ONCE = 8;

/** The client under test: what the gateway connects to MCP servers with, in one process for all scenarios. */
export class Driver {
  private readonly folder = mkdtempSync(join(tmpdir(), 'conformance-driver-'));
  readonly socket = join(this.folder, 'driver.sock');
  private app: INestApplicationContext;
  private server: Server;
  private readonly last = Array.from({ length: AT_ONCE }, (): Promise<unknown> =>
    Promise.resolve(),
  );
  private begun = 0;

  async start(): Promise<void> {
    Object.assign(process.env, {
      NODE_ENV: 'test',
      DATA_DIR: this.folder,
      CONNECTIONS_RETURN_URL: 'org.example.app:/connected',
    });
    this.app = await NestFactory.createApplicationContext(await DriverModule.forRoot(), {
      logger: false,
    });
    this.server = createServer((request, response) => {
      this.play(request).then(
        () => response.end(),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    }).listen(this.socket);
    await once(this.server, 'listening');
  }

  async stop(): Promise<void> {
    this.server.close();
    await this.app.close();
    rmSync(this.folder, { recursive: true });
  }

  private async play(request: IncomingMessage): Promise<void> {
    const scenario = JSON.parse(await text(request)) as Scenario;
    const before = this.last[this.begun % AT_ONCE]!;
    const turn = before.then(async () => play(scenario, await Person.of(scenario, this.app)));
    this.last[this.begun % AT_ONCE] = turn.catch(() => undefined);
    this.begun += 1;
    await turn;
  }
}
