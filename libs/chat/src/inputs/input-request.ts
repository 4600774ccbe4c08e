import type { McpAnswer, McpQuestion } from '@app/mcp';

/** A server wants the person to connect it. */
export interface ConnectionQuestion {
  readonly kind: 'connection';
  readonly message: string;
  readonly connectionId: string;
}

/** What a tool asks of the person in the middle of its work. */
export interface InputRequest {
  /** Unique within the run. */
  readonly inputId: string;
  /** The call that waits for it. */
  readonly callId: string;
  /** What the tool is called. */
  readonly title: string;
  readonly question: McpQuestion | ConnectionQuestion;
}

/** What the person has answered, by the id of the question. */
export type InputAnswers = ReadonlyMap<string, McpAnswer>;
