import {
  BadRequestException,
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Inject,
  Injectable,
  Logger,
  UnauthorizedException,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { FastifyRequest } from 'fastify';
import { createHash, timingSafeEqual } from 'node:crypto';
import { validate } from 'uuid';
import { personalToolsConfig } from './personal-tools.config.js';
import { authInfoOf } from './owner.js';

/**
 * Lets only the gateway in, which says on whose behalf it calls. Every header is read from all its
 * occurrences: of two values one could be what a proxy checked and the other what is used here.
 */
@Injectable()
export class GatewayGuard implements CanActivate {
  private readonly log = new Logger(GatewayGuard.name);
  private readonly expected: Buffer;

  constructor(@Inject(personalToolsConfig.KEY) config: ConfigType<typeof personalToolsConfig>) {
    this.expected = digest(`Bearer ${config.token}`);
  }

  canActivate(context: ExecutionContext): boolean {
    const { raw } = context.switchToHttp().getRequest<FastifyRequest>();
    const headers = raw.headersDistinct;

    // A browser names the page that made it call; no page has any business here.
    if (headers.origin) {
      throw this.refused('origin', new ForbiddenException());
    }
    const [authorization, ...otherAuthorizations] = headers.authorization ?? [];
    if (otherAuthorizations.length > 0 || !this.isExpected(authorization ?? '')) {
      throw this.refused('token', new UnauthorizedException());
    }
    const [owner, ...otherOwners] = headers['x-gateway-user'] ?? [];
    if (otherOwners.length > 0 || !validate(owner)) {
      throw this.refused('owner', new BadRequestException('X-Gateway-User must be one UUID.'));
    }
    Object.assign(raw, { auth: authInfoOf(owner as string) });
    return true;
  }

  /** Digests have one length, so the comparison takes as long for any token. */
  private isExpected(authorization: string): boolean {
    return timingSafeEqual(digest(authorization), this.expected);
  }

  private refused<E>(reason: 'origin' | 'token' | 'owner', error: E): E {
    this.log.warn({ event: 'personal_tools.refused', reason });
    return error;
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
