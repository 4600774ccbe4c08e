/** A tool at work, as the person sees it. */
export interface ToolCall {
  /** Unique within the run. */
  readonly callId: string;
  /** What it does, in plain words: never the name of a server. */
  readonly title: string;
  /** Its arguments without those that the profile marks as private; absent where none are shown. */
  readonly input?: Readonly<Record<string, unknown>>;
}

/** How the work of a tool has ended. */
export interface ToolEnd {
  readonly callId: string;
  /** What is shown of the result; absent where nothing is. */
  readonly output?: unknown;
  /** Why it failed, in words for the person; absent for a success. */
  readonly failure?: string;
}

/** A part that is neither text nor a tool, such as a card. One with the `id` of an earlier one takes its place. */
export interface DataPart {
  /** `[a-z][a-z0-9-]*`; clients see it as the type `data-NAME`. */
  readonly name: string;
  readonly id?: string;
  readonly value: unknown;
}

/**
 * Takes what an engine tells of an answer while it works on it. A call resolves at once, or as soon as the log of the
 * run has caught up: an engine that awaits each call before it goes on is slowed down by what is behind it, and what
 * waits in memory is bounded. The parts of one answer are written in the order of the calls.
 */
export interface AnswerWriter {
  /**
   * The next piece of the text. All pieces together are the answer, in whatever form it is asked for.
   *
   * @throws ChatError `answer_too_large`
   */
  text(piece: string): Promise<void>;

  toolStarted(call: ToolCall): Promise<void>;

  toolEnded(end: ToolEnd): Promise<void>;

  data(part: DataPart): Promise<void>;
}
