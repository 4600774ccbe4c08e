import type { Principal } from '@app/access';
import { currentRequest, type RecordAudit } from '@app/logging';

/** Who works on an incident, and from where. */
export interface Operator {
  /** Null: by a command on the server. */
  readonly accountId: string | null;
  readonly sessionId?: string;
  readonly deviceId?: string;
  /** What the audit trail has of the call. */
  readonly ip: string;
  readonly requestId: string;
  /** Writes the record of the call with its change, where no interceptor does. */
  readonly record?: RecordAudit;
}

export function operatorOf({ accountId, sessionId, deviceId }: Principal): Operator {
  const { ip = '', requestId = '' } = currentRequest() ?? {};
  return { accountId, sessionId, deviceId, ip, requestId };
}
