import { DomainError } from '@app/security';

export type BackupErrorCode =
  | 'backup_no_recipient'
  | 'backup_no_identity'
  | 'backup_no_database'
  | 'backup_damaged'
  | 'backup_foreign'
  | 'backup_wrong_key'
  | 'backup_other_secrets'
  | 'backup_other_database'
  | 'backup_newer_schema'
  | 'backup_older_schema'
  | 'backup_not_empty'
  | 'backup_no_ledger'
  | 'backup_differs';

/** Why no backup was made, or none was restored. Its message is for the operator at the terminal. */
export class BackupError extends DomainError<BackupErrorCode> {
  override readonly name = 'BackupError';

  static noRecipient(): BackupError {
    const message =
      'BACKUP_RECIPIENT is not set: backups are encrypted to a key. Make one with backup key.';
    return new BackupError('backup_no_recipient', message);
  }

  static noIdentity(): BackupError {
    const message =
      'The identity is a file with a line that begins with AGE-SECRET-KEY-, as backup key and age-keygen write it.';
    return new BackupError('backup_no_identity', message);
  }

  static noDatabase(): BackupError {
    const message = 'There is no database to save: the gateway has not been started here yet.';
    return new BackupError('backup_no_database', message);
  }

  /** @param what is wrong with it, as the end of a sentence */
  static damaged(what: string): BackupError {
    return new BackupError('backup_damaged', `The backup is damaged or cut short: ${what}.`);
  }

  static foreign(): BackupError {
    return new BackupError('backup_foreign', 'The file is no backup of this product.');
  }

  static wrongKey(): BackupError {
    const message = 'The backup is encrypted to another key than that of the identity.';
    return new BackupError('backup_wrong_key', message);
  }

  static otherSecrets(): BackupError {
    const message =
      'The backup was sealed with another PASSWORD_PEPPER than the one that is set here: set the one of its system. Without it no password and no second factor would work.';
    return new BackupError('backup_other_secrets', message);
  }

  static otherDatabase(kind: string): BackupError {
    const [needs, name] =
      kind === 'sqlite' ? ['no DATABASE_URL', 'SQLite'] : ['a DATABASE_URL', 'PostgreSQL'];
    const message = `The backup is one of ${name}, and needs ${needs}: it cannot be restored into the other database.`;
    return new BackupError('backup_other_database', message);
  }

  static newerSchema(release: string): BackupError {
    const message = `The backup has a newer schema, of release ${release}: restore it with that release or a later one.`;
    return new BackupError('backup_newer_schema', message);
  }

  static olderSchema(release: string): BackupError {
    const message = `The backup has an older schema, of release ${release}: restore it with that release, then start this one, which brings it up to date.`;
    return new BackupError('backup_older_schema', message);
  }

  /** @param what is in the way */
  static notEmpty(what: string): BackupError {
    const message = `A backup is restored into an empty system only, and ${what}.`;
    return new BackupError('backup_not_empty', message);
  }

  static noLedger(): BackupError {
    const message =
      'Name the newest ledger of erased accounts, or a later backup, with --ledger, so that they stay erased. If there is none: --without-ledger.';
    return new BackupError('backup_no_ledger', message);
  }

  static differs(what: string): BackupError {
    return new BackupError('backup_differs', `What was restored differs from the backup: ${what}.`);
  }
}
