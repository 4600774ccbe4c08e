import { SecurityError } from '@app/security';
import type { PasskeyAnswerDto } from '../passkeys/passkey.dto.js';
import type { FactorProofDto } from './factor-proof.dto.js';

/** One proof of a second factor. */
export type FactorProof =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'recovery_code'; readonly recoveryCode: string }
  | { readonly kind: 'passkey'; readonly passkey: PasskeyAnswerDto };

/**
 * The proof that was sent.
 *
 * @throws SecurityError `invalid_input` if there is none, or more than one
 */
export function factorProofOf({ code, recoveryCode, passkey }: FactorProofDto): FactorProof {
  const proofs: FactorProof[] = [
    ...(code ? [{ kind: 'code' as const, code }] : []),
    ...(recoveryCode ? [{ kind: 'recovery_code' as const, recoveryCode }] : []),
    ...(passkey ? [{ kind: 'passkey' as const, passkey }] : []),
  ];
  if (proofs.length === 1) return proofs[0]!;
  const message = 'send exactly one of code, recoveryCode and passkey';
  throw SecurityError.invalidInput([{ field: 'code', message }]);
}
