import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { FileRequest } from './card-file.answer.js';

/** Which bytes of a file are asked for, and which the client has. */
export const AskedBytes = createParamDecorator(
  (_: unknown, context: ExecutionContext): FileRequest => {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const { range, 'if-range': ifRange, 'if-none-match': ifNoneMatch } = headers;
    return { range, ifRange: single(ifRange), ifNoneMatch };
  },
);

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
