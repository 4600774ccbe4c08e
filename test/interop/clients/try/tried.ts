/** What each generated client has to bring back from one walk through the API. */
export interface Tried {
  readonly userId: string;
  readonly profileIds: readonly string[];
  readonly response: string;
  readonly historyRoles: readonly string[];
  /** The code and the status of a call to a profile that is not there. */
  readonly refused: readonly [string | undefined, number];
}

export const MESSAGE = '/add_note title=Milk text="2 litres"';
export const PASSWORD = 'correct horse battery';
