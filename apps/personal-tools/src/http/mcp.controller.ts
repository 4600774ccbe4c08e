import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import {
  All,
  Controller,
  Logger,
  type OnApplicationShutdown,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PersonalToolsServerFactory } from '../server/personal-tools-server.factory.js';
import { GatewayGuard } from './gateway.guard.js';
import { ownerOf } from './owner.js';

/** Largest request body. Bytes. */
const BODY_LIMIT = 64 * 1024;

/** Streamable HTTP, in both protocol eras. Each request gets a server of its own, for its owner. */
@Controller('mcp')
@UseGuards(GatewayGuard)
export class McpController implements OnApplicationShutdown {
  private readonly log = new Logger(McpController.name);
  private readonly report = (error: Error) =>
    this.log.warn({ event: 'personal_tools.protocol_error', code: error.constructor.name });

  private readonly handler = createMcpHandler(
    (context) => this.factory.create(ownerOf(context)),
    // No stream outlives its request: nothing here changes that a client could subscribe to.
    { maxSubscriptions: 0, onerror: this.report },
  );
  private readonly serve = toNodeHandler(this.handler, {
    onerror: this.report,
    maxRequestBodySize: BODY_LIMIT,
  });

  constructor(private readonly factory: PersonalToolsServerFactory) {}

  /** All methods, as it is for the protocol to say which it knows: it answers 405 to the others. */
  @All()
  async call(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    reply.hijack();
    reply.raw.setHeader('Cache-Control', 'no-store');
    await this.serve(request.raw, reply.raw);
  }

  /** Comes after the last request was answered, so that it interrupts none. */
  async onApplicationShutdown(): Promise<void> {
    await this.handler.close();
  }
}
