import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Where a call came from. */
export interface ClientOrigin {
  /** As the connection, or a proxy that is trusted, tells it. */
  readonly ip: string;
  /** Thumbprint of the key that the client has proved to hold (RFC 9449 §4.3). */
  readonly dpopKey?: string;
  /** Which of the account's known devices signs in, as `KnownDeviceGuard` has found. */
  readonly knownDeviceId?: string;
}

/** The origin of the request. */
export const Client = createParamDecorator(
  (_: unknown, context: ExecutionContext): ClientOrigin => {
    const request = context.switchToHttp().getRequest<FastifyRequest & ClientOrigin>();
    const { ip, dpopKey, knownDeviceId } = request;
    return { ip, dpopKey, knownDeviceId };
  },
);
