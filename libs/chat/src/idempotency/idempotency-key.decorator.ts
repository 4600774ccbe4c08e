import { SecurityError } from '@app/security';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

const HEADER = 'Idempotency-Key';

/** Printable ASCII. */
const KEY = /^[\x20-\x7e]{1,255}$/;

/**
 * The key by which a client marks a request and its repetitions (draft-ietf-httpapi-idempotency-key-header). The quotes
 * of a structured field are no part of it.
 *
 * @throws SecurityError `invalid_input`
 */
export const GivenIdempotencyKey = createParamDecorator(
  (_: unknown, context: ExecutionContext): string | undefined => {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    return idempotencyKey(headers['idempotency-key']);
  },
);

export function idempotencyKey(given: string | string[] | undefined): string | undefined {
  if (given === undefined) return undefined;
  const [line, ...others] = [given].flat() as [string, ...string[]];
  const key = /^"(.*)"$/s.exec(line)?.[1] ?? line;
  if (others.length === 0 && KEY.test(key)) return key;
  const message = `${HEADER} must have 1 to 255 characters of printable ASCII`;
  throw SecurityError.invalidInput([{ field: HEADER, message }]);
}
