import { foldedName } from '@app/security';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { KnownDevices } from './known-devices.service.js';

/** No name and no token of ours is longer: what is has not been checked yet, and is not looked up. */
const LONGEST = 64;

type SigningIn = FastifyRequest & {
  readonly body?: {
    readonly username?: unknown;
    readonly device?: { readonly token?: unknown };
  } | null;
  knownDeviceId?: string;
};

/**
 * Global: notes whether a sign-in comes from a device that is known to the account. The limit of sign-ins counts such
 * a device by itself: whoever shares its address cannot use up what its owner has. After the limits that hold for
 * everybody, and refuses nobody.
 */
@Injectable()
export class KnownDeviceGuard implements CanActivate {
  constructor(@Inject(KnownDevices) private readonly devices: KnownDevices) {}

  /** Without a promise where no device is shown, which is the way of most calls. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<SigningIn>();
    const name = shortText(request.body?.username);
    const token = shortText(request.body?.device?.token);
    return !name || !token || this.note(request, name, token);
  }

  private async note(request: SigningIn, name: string, token: string): Promise<true> {
    request.knownDeviceId = await this.devices.find(foldedName(name), token);
    return true;
  }
}

function shortText(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= LONGEST ? value : undefined;
}
