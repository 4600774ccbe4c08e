import { ChangeFollower, ChangeLookJob } from '@app/persistence';
import { OpenStreams } from '@app/security';
import { SwitchBoard } from '@app/switches';
import { EntityManager } from '@mikro-orm/core';
import { Injectable, Logger } from '@nestjs/common';
import { ChangedRows } from '../changes/changed-rows.js';
import { KnownSwitches } from './known-switches.js';
import { OperatorSwitch } from './operator-switch.entity.js';

/**
 * Tells the board of this process what operators have switched off on any instance, within a second. While the database
 * is away what is known stays.
 */
@Injectable()
export class SwitchListService extends ChangeFollower {
  protected readonly log = new Logger('Switches');
  private readonly rows: ChangedRows<OperatorSwitch>;

  constructor(
    look: ChangeLookJob,
    em: EntityManager,
    private readonly board: SwitchBoard,
    private readonly known: KnownSwitches,
    private readonly streams: OpenStreams,
  ) {
    super(look, 'switches.unread', 'switches');
    this.rows = new ChangedRows<OperatorSwitch>(em, OperatorSwitch, {
      known: () => known.ids(),
      keep: (one, end) => known.keep(one.id, one, end),
      forget: (id) => known.forget(id),
    });
  }

  /** All of them before the first request. */
  override async onApplicationBootstrap(): Promise<void> {
    await this.rows.readAll();
    this.known.tellBoard();
    await super.onApplicationBootstrap();
  }

  protected async read(): Promise<void> {
    await this.rows.look().finally(() => this.known.tellBoard());
    this.afterLook();
  }

  /** A stream that began when its block was on the way is ended by the next look. */
  protected override afterLook(): void {
    if (this.known.size === 0) return;
    this.streams.endWhere(
      ({ accountId, deviceId }) =>
        this.board.isOff('account', accountId) ||
        (deviceId !== undefined && this.board.isOff('device', deviceId)),
      'access_blocked',
    );
  }
}
