import { type ServicePart, SwitchBoard, type SwitchScope } from '@app/switches';
import { Injectable } from '@nestjs/common';
import { ChatError, type ChatErrorCode } from '../chat.error.js';

/** What the person is told of that is off. A device is refused before it gets here, and a model has others to follow. */
const CODES = {
  chat: 'service_off',
  sign_in: 'service_off',
  profile: 'assistant_off',
  server: 'tool_off',
  tool: 'tool_off',
  model: 'model_off',
  account: 'access_blocked',
  device: 'access_blocked',
} as const satisfies Record<SwitchScope, ChatErrorCode>;

/** What operators have switched off of what messages need. */
@Injectable()
export class SwitchedParts {
  constructor(private readonly board: SwitchBoard) {}

  /** Whether people can write to the assistant. */
  isOffered(profileId: string): boolean {
    return !this.board.isOff('chat') && !this.board.isOff('profile', profileId);
  }

  isServerOff(server: string): boolean {
    return this.board.isOff('server', server);
  }

  isToolOff(server: string, tool: string): boolean {
    return this.board.firstOff(partsOfTool(server, tool)) !== undefined;
  }

  /** Why a message is not answered; undefined where nothing stands against it. */
  refusalOf(profileId: string, accountId: string): ChatError | undefined {
    return errorOf(this.board.firstOff(partsOfRun(profileId, accountId)));
  }

  /** @throws ChatError `service_off`, `assistant_off`, `access_blocked` */
  assertAnswered(profileId: string, accountId: string): void {
    const refusal = this.refusalOf(profileId, accountId);
    if (refusal) throw refusal;
  }

  /** @throws ChatError `tool_off` */
  assertToolOn(server: string, tool: string): void {
    const error = errorOf(this.board.firstOff(partsOfTool(server, tool)));
    if (error) throw error;
  }

  /**
   * Works on a run until something is switched off that it needs.
   *
   * @param stop is called then, and told why
   */
  async whileAnswered<T>(
    { profileId, accountId }: { readonly profileId: string; readonly accountId: string },
    stop: (why: ChatError) => void,
    work: () => Promise<T>,
  ): Promise<T> {
    return this.watched(partsOfRun(profileId, accountId), stop, work);
  }

  /**
   * Makes a call of a tool until that is switched off, or its server.
   *
   * @throws ChatError `tool_off`, also where the call ends otherwise for that
   */
  async whileToolOn<T>(
    server: string,
    tool: string,
    call: (off: AbortSignal) => Promise<T>,
  ): Promise<T> {
    this.assertToolOn(server, tool);
    const off = new AbortController();
    const stop = (why: ChatError) => off.abort(why);
    try {
      return await this.watched(partsOfTool(server, tool), stop, () => call(off.signal));
    } catch (error) {
      throw off.signal.aborted ? off.signal.reason : error;
    }
  }

  private async watched<T>(
    parts: readonly ServicePart[],
    stop: (why: ChatError) => void,
    work: () => Promise<T>,
  ): Promise<T> {
    const end = this.board.watch(parts, (off) => stop(errorOf(off)!));
    try {
      return await work();
    } finally {
      end();
    }
  }
}

function partsOfRun(profileId: string, accountId: string): ServicePart[] {
  return [
    { scope: 'chat' },
    { scope: 'profile', target: profileId },
    { scope: 'account', target: accountId },
  ];
}

function partsOfTool(server: string, tool: string): ServicePart[] {
  return [
    { scope: 'server', target: server },
    { scope: 'tool', target: `${server}/${tool}` },
  ];
}

function errorOf(off: ServicePart | undefined): ChatError | undefined {
  return off && ChatError.switchedOff(CODES[off.scope]);
}
