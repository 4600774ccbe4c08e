import { ApiProperty } from '@nestjs/swagger';
import { NOTICE_KINDS, type NoticeKind, type SecurityNotice } from './security-notice.entity.js';

export class NoticeView {
  @ApiProperty({ enum: NOTICE_KINDS })
  kind!: NoticeKind;

  @ApiProperty({ format: 'date-time' })
  occurredAt!: string;

  @ApiProperty({ type: 'string', nullable: true, example: '203.0.113.0', description: 'Masked.' })
  ip!: string | null;

  @ApiProperty({ type: 'string', nullable: true })
  deviceName!: string | null;
}

export function toNoticeView({ kind, occurredAt, ip, deviceName }: SecurityNotice): NoticeView {
  return {
    kind,
    occurredAt: occurredAt.toISOString(),
    ip: ip ?? null,
    deviceName: deviceName ?? null,
  };
}
