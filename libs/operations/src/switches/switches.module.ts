import { SwitchBoardModule } from '@app/switches';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { KnownSwitches } from './known-switches.js';
import { OperatorSwitch } from './operator-switch.entity.js';
import { SwitchService } from './switch.service.js';

/** Switches parts off and on; commands need nothing else. */
@Module({
  imports: [MikroOrmModule.forFeature([OperatorSwitch]), SwitchBoardModule],
  providers: [KnownSwitches, SwitchService],
  exports: [KnownSwitches, MikroOrmModule, SwitchBoardModule, SwitchService],
})
export class SwitchesModule {}
