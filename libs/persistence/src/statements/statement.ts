/** What a place in a statement can stand for. */
export type SqlValue = string | number | Date | Buffer | null;

/** A statement with `?` for its values. The text is ours alone, and one of few: it is prepared once. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** One of several statements that happen together or not at all. */
export interface Step extends Statement {
  /** What is missing if the statement changes no row. None of the statements has happened then. */
  readonly needs?: string;
}
