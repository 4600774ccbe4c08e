import { Module } from '@nestjs/common';
import { LimitsInForce } from './limits-in-force.js';

/** The limits as they are now: one instance for those who read them, and those who change them. */
@Module({ providers: [LimitsInForce], exports: [LimitsInForce] })
export class LimitsModule {}
