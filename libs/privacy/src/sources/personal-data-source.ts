/**
 * What one module keeps of a person. Modules implement it without knowing it: they import nothing of this library,
 * and the root module names their classes in `PrivacyModule.forRoot`.
 */
export interface PersonalDataSource {
  /**
   * The tables it answers for. A test compares them with the database, so that no table with the data of people is
   * left without a source.
   */
  readonly tables: readonly string[];

  /** Whether each instance keeps some of it for itself, in memory or on its disk, and has to erase that on its own. */
  readonly isPerInstance?: boolean;

  /**
   * Everything it keeps of the person, in words that the person may read: no hashes, no secrets. A value for
   * JSON, in which an async iterable stands for a list and a stream of text for a string; both are read as they are
   * sent. Undefined where there is nothing to show.
   */
  exportOf(userId: string): Promise<unknown>;

  /** Whether something is under way for the person that erasing would break. It waits until that is over. */
  isInUse?(userId: string): Promise<boolean>;

  /**
   * The accounts of whom it may keep something that outlives them: what lies on this instance's own disk, or is
   * written by calls that end late. Whoever of them has no account any more is erased again.
   */
  owners?(): Promise<readonly string[]>;

  /**
   * Erases all of it. Called again until every source has succeeded, and by several instances at once; what is gone
   * already is no error.
   *
   * @param pseudonym stands for the person in what has to be kept; the same in every call for one person
   */
  erase(userId: string, pseudonym: string): Promise<void>;
}

/** The sources of the application by the section of the export that each fills, in the order of erasure. */
export type PersonalDataSources = ReadonlyMap<string, PersonalDataSource>;
export const PersonalDataSources = Symbol('PersonalDataSources');
