import { FastifyAdapter, RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { OwnAnswer } from './own-answer.js';

/** Sends what the handler returns as it is: health probes and files have a format of their own. */
export const BareResponse = () => RouteConfig({ isBare: true });

/**
 * Sends every result of a handler as `{ "success": true, "data": … }`. It is no interceptor, because one that is bound to
 * every route costs each call a chain of observables, a fifth of its CPU time.
 */
export class EnvelopeAdapter extends FastifyAdapter {
  override reply(reply: FastifyReply, result: unknown, statusCode?: number) {
    if (result instanceof OwnAnswer) {
      result.sendTo(reply);
      return reply;
    }
    const { isBare } = reply.routeOptions.config as { isBare?: boolean };
    return super.reply(
      reply,
      isBare ? result : { success: true, data: result ?? null },
      statusCode,
    );
  }
}
