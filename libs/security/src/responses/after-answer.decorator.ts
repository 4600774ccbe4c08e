import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** Runs `work` once the answer has been sent, or its client has disconnected. */
export type AfterAnswer = (work: () => void) => void;

/**
 * For work that must not show in the time of an answer, such as whether an account exists: it starts after the answer
 * has left.
 */
export const AfterAnswer = createParamDecorator(
  (_: unknown, context: ExecutionContext): AfterAnswer => {
    const { raw } = context.switchToHttp().getResponse<FastifyReply>();
    return (work) => void raw.once('close', work);
  },
);
