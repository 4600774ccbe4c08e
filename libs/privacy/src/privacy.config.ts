import { durationOf, durationVariable, parseEnvironment } from '@app/config';
import { registerAs } from '@nestjs/config';

export interface PrivacyConfig {
  /** How long a person may change their mind after asking to be erased. Milliseconds. @default 7d */
  readonly erasureGrace: number;
}

export const privacyConfig = registerAs('privacy', (): PrivacyConfig => {
  const { ERASURE_GRACE } = parseEnvironment<{ ERASURE_GRACE: string }>(
    { ERASURE_GRACE: durationVariable('7d', { min: '0s', max: '30d' }) },
    process.env,
  );
  return { erasureGrace: durationOf(ERASURE_GRACE) };
});
