import { Module } from '@nestjs/common';
import { UsageReportService } from './usage-report.service.js';

/** The report of what was used; commands need nothing else. */
@Module({ providers: [UsageReportService], exports: [UsageReportService] })
export class UsageReportModule {}
