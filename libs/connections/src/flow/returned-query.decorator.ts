import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** The longest value that is taken. Codes of some authorization servers are signed documents. Characters. */
const LONGEST_VALUE = 8_192;

/** What an authorization server sends back (RFC 6749 §4.1.2, RFC 9207). Many send more, which is of no interest. */
export interface ReturnedAnswer {
  readonly state: string | undefined;
  readonly code: string | undefined;
  readonly iss: string | undefined;
  readonly error: string | undefined;
}

/** A value that comes twice is none (RFC 6749 §3.1), as is one that is too long. */
export const ReturnedQuery = createParamDecorator(
  (_: unknown, context: ExecutionContext): ReturnedAnswer => {
    const { query } = context.switchToHttp().getRequest<FastifyRequest>();
    const given = query as Readonly<Record<string, unknown>>;
    const read = (name: string) => {
      const value = given[name];
      const isText = typeof value === 'string' && value !== '' && value.length <= LONGEST_VALUE;
      return isText ? value : undefined;
    };
    return { state: read('state'), code: read('code'), iss: read('iss'), error: read('error') };
  },
);
