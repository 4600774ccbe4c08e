import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** Runs `work` once the answer has left, or its client has. */
export type AfterAnswer = (work: () => void) => void;

/**
 * For what an answer must not show by the time it takes, such as whether somebody is known: nothing of it has begun
 * when the answer leaves.
 */
export const AfterAnswer = createParamDecorator(
  (_: unknown, context: ExecutionContext): AfterAnswer => {
    const { raw } = context.switchToHttp().getResponse<FastifyReply>();
    return (work) => void raw.once('close', work);
  },
);
