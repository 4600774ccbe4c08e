import { durationOf, durationVariable, parseEnvironment, runMode } from '@app/config';
import { registerAs } from '@nestjs/config';

export interface PrivacyConfig {
  /** How long a person may change their mind after asking to be erased. Milliseconds. @default 7d */
  readonly erasureGrace: number;
  /**
   * How long an erasure has to have begun before anything is deleted. From its begin no call names the account; calls
   * from before it end within this time, with their record in the audit trail: a statement is given ten seconds, the
   * queue of passwords some. Every instance also erases what it keeps for itself meanwhile. Milliseconds.
   *
   * @default 11s, which is the least in production
   */
  readonly erasureSettle: number;
}

export const privacyConfig = registerAs('privacy', (): PrivacyConfig => {
  const least = runMode(process.env) === 'production' ? '11s' : '0s';
  const { ERASURE_GRACE, ERASURE_SETTLE } = parseEnvironment<{
    ERASURE_GRACE: string;
    ERASURE_SETTLE: string;
  }>(
    {
      ERASURE_GRACE: durationVariable('7d', { min: '0s', max: '30d' }).describe(
        'How long a deleted account can be restored.',
      ),
      ERASURE_SETTLE: durationVariable('11s', { min: least, max: '5m' }).describe(
        'How long an erasure waits, once it has started, for calls that started before it; in production at least 11s.',
      ),
    },
    process.env,
  );
  return { erasureGrace: durationOf(ERASURE_GRACE), erasureSettle: durationOf(ERASURE_SETTLE) };
});
