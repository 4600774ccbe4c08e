import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { rateLimitHeaders, type SpentLimit } from './rate-limit-headers.js';

/** A request with the limits that it was counted by. */
export interface CountedCall {
  spentLimits?: SpentLimit[];
}

/** The limits that a call was counted by, as the headers of its answer tell them. */
export class ToldLimits {
  constructor(
    private readonly request: CountedCall,
    private readonly reply: FastifyReply,
  ) {}

  tell(spent: SpentLimit): void {
    const all = (this.request.spentLimits ??= []);
    all.push(spent);
    const headers = rateLimitHeaders(all);
    this.reply.header('RateLimit-Policy', headers.policy).header('RateLimit', headers.state);
  }
}

/** For a handler whose service counts by limits of its own. */
export const CurrentLimits = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const http = context.switchToHttp();
  return new ToldLimits(
    http.getRequest<FastifyRequest & CountedCall>(),
    http.getResponse<FastifyReply>(),
  );
});
