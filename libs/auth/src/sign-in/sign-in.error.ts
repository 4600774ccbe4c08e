import { DomainError } from '@app/security';

export type SignInErrorCode = 'not_anonymous' | 'invalid_reset_token';

export class SignInError extends DomainError<SignInErrorCode> {
  override readonly name = 'SignInError';
}
