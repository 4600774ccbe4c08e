/**
 * The personal data that one module stores. Modules implement it without knowing it: they import nothing of this library,
 * and the root module names their classes in `PrivacyModule.forRoot`.
 */
export interface PersonalDataSource {
  /**
   * The tables it answers for. A test compares them with the database, so that no table with the data of people is
   * left without a source.
   */
  readonly tables: readonly string[];

  /** Whether each instance stores some of it in its memory or on its disk, and has to erase that itself. */
  readonly isPerInstance?: boolean;

  /**
   * Everything it stores of the account, in a form for its owner to read: no hashes, no secrets. A value for
   * JSON, in which an async iterable stands for a list and a stream of text for a string; both are read as they are
   * sent. Undefined where there is nothing to show.
   */
  exportOf(accountId: string): Promise<unknown>;

  /** Whether work for the account is in progress that an erasure would break. The erasure waits for its end. */
  isInUse?(accountId: string): Promise<boolean>;

  /**
   * The account ids of data that may outlive its account: files on the disk of this instance, and what late calls
   * wrote. Those without an account are erased again.
   */
  owners?(): Promise<readonly string[]>;

  /**
   * Erases all of it. Called again until every source has succeeded, and by several instances at once; what is gone
   * already is no error.
   *
   * @param pseudonym replaces the account id in what has to be kept; the same in every call for one account
   */
  erase(accountId: string, pseudonym: string): Promise<void>;
}

/** The sources of the application by the section of the export that each fills, in the order of erasure. */
export type PersonalDataSources = ReadonlyMap<string, PersonalDataSource>;
export const PersonalDataSources = Symbol('PersonalDataSources');
