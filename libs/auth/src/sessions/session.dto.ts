import { IsId } from '@app/security';

export class SessionParams {
  @IsId()
  sessionId!: string;
}
