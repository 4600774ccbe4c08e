import type { Principal } from '@app/access';
import { SwitchBoard } from '@app/switches';
import { Injectable } from '@nestjs/common';
import { SessionError } from './session.error.js';

/** Which accounts and devices operators have blocked, and whether people can sign in. In memory, as each call asks. */
@Injectable()
export class AccessBlocks {
  constructor(private readonly board: SwitchBoard) {}

  isAccountBlocked(accountId: string): boolean {
    return this.board.isOff('account', accountId);
  }

  isDeviceBlocked(deviceId: string | null | undefined): boolean {
    return Boolean(deviceId) && this.board.isOff('device', deviceId!);
  }

  isBlocked({ accountId, deviceId }: Pick<Principal, 'accountId' | 'deviceId'>): boolean {
    return this.isAccountBlocked(accountId) || this.isDeviceBlocked(deviceId);
  }

  get isSignInOff(): boolean {
    return this.board.isOff('sign_in');
  }

  /** Before an account is created. @throws SessionError `sign_in_off` */
  assertSignInOn(): void {
    if (this.isSignInOff) throw SessionError.signInOff();
  }
}
