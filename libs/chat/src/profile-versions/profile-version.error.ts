import { ConfigurationError } from '@app/config';
import { DomainError } from '@app/security';

export type ProfileVersionErrorCode = 'invalid_profile' | 'version_not_found';

export class ProfileVersionError extends DomainError<ProfileVersionErrorCode> {
  override readonly name = 'ProfileVersionError';

  static versionNotFound(): ProfileVersionError {
    return new ProfileVersionError('version_not_found', 'There is no such version.');
  }

  /** Names the file, the field and the reason. Anything but a fault of a file is returned as it came. */
  static from(error: unknown): unknown {
    if (!(error instanceof ConfigurationError)) return error;
    return new ProfileVersionError('invalid_profile', `${error.message}. Nothing was changed.`);
  }
}
