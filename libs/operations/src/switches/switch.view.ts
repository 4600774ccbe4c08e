import { SWITCH_SCOPES, type SwitchScope } from '@app/switches';
import { ApiProperty } from '@nestjs/swagger';
import type { OperatorSwitch } from './operator-switch.entity.js';

export class SwitchView {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ enum: SWITCH_SCOPES, example: 'tool' })
  scope!: SwitchScope;

  @ApiProperty({
    type: 'string',
    nullable: true,
    example: 'personal-tools/delete_note',
    description: 'Null for chat and sign_in.',
  })
  target!: string | null;

  @ApiProperty({ example: 'Deletes the wrong notes' })
  reason!: string;

  @ApiProperty({
    type: 'string',
    format: 'uuid',
    nullable: true,
    description: 'The account of the operator; null for a command on the server.',
  })
  operatorId!: string | null;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  expiresAt!: string | null;
}

export class SwitchPageView {
  @ApiProperty({ type: [SwitchView] })
  switches!: SwitchView[];

  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  nextCursor!: string | null;
}

export function toSwitchView(one: OperatorSwitch): SwitchView {
  const { id, scope, target, reason, operatorId, createdAt, expiresAt } = one;
  return {
    id,
    scope,
    target: target === '' ? null : target,
    reason,
    operatorId: operatorId ?? null,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
  };
}
