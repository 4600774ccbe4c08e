import type { RunStatus } from '../ownership/run.entity.js';

/** A run that goes on. */
export interface OpenRun {
  readonly id: string;
  readonly conversationId: string;
  readonly status: RunStatus;
  /** Null for one that began before there were places. */
  readonly place: string | null;
}

/** What a message finds that may have to wait: nothing, where it is its turn. */
export interface RunsInTheWay {
  /** The run of its conversation. */
  readonly ofConversation?: OpenRun | undefined;
  /** The runs in the places of its account with its assistant. */
  readonly ofPlaces: readonly OpenRun[];
}

/** That a message cannot be stored before another run has ended. It is no failure: the message waits for its turn. */
export class TakenTurn extends Error {
  override readonly name = 'TakenTurn';

  constructor(readonly runs: RunsInTheWay) {
    super('Another run goes on.');
  }
}
