import { ApiProperty } from '@nestjs/swagger';
import type { Session } from './session.entity.js';

const text = { type: 'string', nullable: true } as const;

export class SessionView {
  @ApiProperty({ format: 'uuid' })
  sessionId!: string;

  @ApiProperty({ description: 'Whether this is the session of the request.' })
  isCurrent!: boolean;

  @ApiProperty({ ...text, example: "Ada's phone" })
  deviceName!: string | null;

  @ApiProperty({ ...text, example: 'iOS 26.1' })
  platform!: string | null;

  @ApiProperty({ ...text, example: '1.4.2' })
  appVersion!: string | null;

  @ApiProperty({ example: '203.0.113.0', description: 'Masked.' })
  ip!: string;

  @ApiProperty({ type: [String], example: ['pwd', 'otp'] })
  methods!: string[];

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time', description: 'Accurate to a minute.' })
  lastSeenAt!: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;
}

export function toSessionView(session: Session, currentId: string): SessionView {
  return {
    sessionId: session.id,
    isCurrent: session.id === currentId,
    deviceName: session.deviceName ?? null,
    platform: session.platform ?? null,
    appVersion: session.appVersion ?? null,
    ip: session.ip,
    methods: session.methods.split(' '),
    createdAt: session.createdAt.toISOString(),
    lastSeenAt: session.lastSeenAt.toISOString(),
    expiresAt: session.expiresAt.toISOString(),
  };
}
