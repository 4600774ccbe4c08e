import { Module } from '@nestjs/common';
import { SwitchBoard } from './switch-board.js';

/** One board for the process. `libs/operations` fills it; in a process without that, everything is on. */
@Module({ providers: [SwitchBoard], exports: [SwitchBoard] })
export class SwitchBoardModule {}
