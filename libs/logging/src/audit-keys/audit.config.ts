import {
  durationOf,
  durationVariable,
  keyVariable,
  optionalDurationVariable,
  parsedSecretVariable,
  parseEnvironment,
} from '@app/config';
import { registerAs } from '@nestjs/config';
import { readKeys, type SigningKey, signingKeyOf, type VerifyingKey } from './signing-key.js';

export interface AuditConfig {
  /**
   * The first one signs; the others are believed. That which follows from PASSWORD_PEPPER is among them, as it signs where
   * no other is named. Empty where neither is set: then one is made in DATA_DIR.
   */
  readonly keys: readonly (SigningKey | VerifyingKey)[];
  /** The longest time between two checkpoints while there are records. Milliseconds. @default 300_000 */
  readonly checkpointInterval: number;
  /** How long records are kept; forever if undefined. Milliseconds. */
  readonly kept: number | undefined;
}

export const auditConfig = registerAs('audit', (): AuditConfig => {
  const variables = parseEnvironment<{
    AUDIT_SIGNING_KEY?: readonly VerifyingKey[];
    AUDIT_CHECKPOINT_INTERVAL: string;
    AUDIT_KEPT?: number;
    PASSWORD_PEPPER?: string;
  }>(
    {
      AUDIT_SIGNING_KEY: parsedSecretVariable(readKeys)
        .optional()
        .describe(
          'Private key of Ed25519 in PEM that signs checkpoints of the audit trail, the same on all instances. Former keys, or their public halves, may follow it.',
        )
        .meta({ unset: 'follows from PASSWORD_PEPPER' }),
      AUDIT_CHECKPOINT_INTERVAL: durationVariable('5m', { min: '1s', max: '1d' }).describe(
        'Longest time between two signed checkpoints of the audit trail while there are new records.',
      ),
      AUDIT_KEPT: optionalDurationVariable('400d', { min: '1d', max: '36500d' })
        .describe('How long audit records are kept.')
        .meta({ unset: 'for ever' }),
      PASSWORD_PEPPER: keyVariable().optional(),
    },
    process.env,
  );
  const pepper = variables.PASSWORD_PEPPER;
  return {
    keys: [...(variables.AUDIT_SIGNING_KEY ?? []), ...(pepper ? [signingKeyOf(pepper)] : [])],
    checkpointInterval: durationOf(variables.AUDIT_CHECKPOINT_INTERVAL),
    kept: variables.AUDIT_KEPT,
  };
});
