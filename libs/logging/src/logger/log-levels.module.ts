import { Module } from '@nestjs/common';
import { LogLevels } from './log-levels.js';

/** The levels of the log of this process. */
@Module({ providers: [LogLevels], exports: [LogLevels] })
export class LogLevelsModule {}
