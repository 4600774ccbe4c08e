import { caseFold, trimmed } from '@app/security';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { KnownDeviceService } from './known-device.service.js';

/** No username and no device token is longer. The body is not validated yet, and longer texts are not looked up. */
const MAX_TOKEN_LENGTH = 64;

type SigningIn = FastifyRequest & {
  readonly body?: {
    readonly username?: unknown;
    readonly device?: { readonly token?: unknown };
  } | null;
  knownDeviceId?: string;
};

/**
 * Global: records whether a sign-in comes from a known device of the account. The sign-in limit counts such a device
 * separately, so that other clients at its address cannot use up its allowance. Runs after the general limits and never
 * refuses a request.
 */
@Injectable()
export class KnownDeviceGuard implements CanActivate {
  constructor(private readonly devices: KnownDeviceService) {}

  /** Synchronous if the request names no device, which is the case for most calls. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<SigningIn>();
    const name = shortText(request.body?.username);
    const token = shortText(request.body?.device?.token);
    return !name || !token || this.note(request, name, token);
  }

  private async note(request: SigningIn, name: string, token: string): Promise<true> {
    request.knownDeviceId = await this.devices.find(caseFold(name), token);
    return true;
  }
}

function shortText(value: unknown): string | undefined {
  const text = typeof value === 'string' ? trimmed(value) : '';
  return text.length <= MAX_TOKEN_LENGTH ? text : undefined;
}
