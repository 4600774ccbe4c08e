import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** The origin of a request. */
export interface ClientOrigin {
  /** The client address, from the connection or a trusted proxy. */
  readonly ip: string;
  /** Thumbprint of the key of the request's DPoP proof (RFC 9449 §4.3). */
  readonly dpopKey?: string;
  /** The known device that signs in, set by `KnownDeviceGuard`. */
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
