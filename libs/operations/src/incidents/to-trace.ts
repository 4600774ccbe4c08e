import { canonicalAddress, SecurityError } from '@app/security';
import type { TraceDto } from './affected-account.dto.js';
import type { AccountTrace } from './affected-account.service.js';

/** The longest time that one search looks at. Milliseconds. */
const LONGEST_TIME_MS = 90 * 86_400_000;

type Wanted = Pick<
  TraceDto,
  'from' | 'to' | 'address' | 'action' | 'sessionId' | 'deviceId' | 'outcome'
>;

/** @throws SecurityError `invalid_input` */
export function toTrace(wanted: Wanted): AccountTrace {
  const { address, action, sessionId, deviceId, outcome } = wanted;
  const [from, to] = [new Date(wanted.from), new Date(wanted.to)];
  const milliseconds = to.getTime() - from.getTime();
  if (!(milliseconds > 0 && milliseconds <= LONGEST_TIME_MS)) {
    throw invalid('to', 'to must be later than from, by 90 days at most');
  }
  const ip = address === undefined ? undefined : canonicalAddress(address);
  if (address !== undefined && ip === undefined) {
    throw invalid('address', 'address must be an IP address');
  }
  return { from, to, ip, action, sessionId, deviceId, succeededOnly: outcome !== 'any' };
}

function invalid(field: string, message: string): SecurityError {
  return SecurityError.invalidInput([{ field, message }]);
}
