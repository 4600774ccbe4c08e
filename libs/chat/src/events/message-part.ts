import type { RunStatus } from '../ownership/run.entity.js';

/**
 * A part of the UI message stream of the AI SDK, protocol v1, as far as answers have them
 * (https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol).
 */
export type MessagePart =
  | { readonly type: 'start'; readonly messageId: string; readonly messageMetadata: RunReference }
  | { readonly type: 'text-start' | 'text-end'; readonly id: string }
  | TextDelta
  | {
      readonly type: 'tool-input-available';
      readonly toolCallId: string;
      readonly toolName: string;
      readonly title: string;
      readonly input: unknown;
      readonly dynamic: true;
    }
  | {
      readonly type: 'tool-output-available';
      readonly toolCallId: string;
      readonly output: unknown;
      readonly dynamic: true;
    }
  | {
      readonly type: 'tool-output-error';
      readonly toolCallId: string;
      readonly errorText: string;
      readonly dynamic: true;
    }
  | { readonly type: 'data-run'; readonly id: 'run'; readonly data: RunState }
  | {
      readonly type: `data-${string}`;
      readonly id?: string;
      readonly data: unknown;
      /** It belongs to the stream and not to the message. */
      readonly transient?: true;
    }
  | { readonly type: 'error'; readonly errorText: string }
  | { readonly type: 'abort'; readonly reason: string }
  | { readonly type: 'finish' };

export interface TextDelta {
  readonly type: 'text-delta';
  readonly id: string;
  readonly delta: string;
}

export interface RunReference {
  readonly runId: string;
  readonly conversationId: string;
}

export interface RunState extends RunReference {
  readonly status: RunStatus;
  readonly errorCode?: string;
}

/** A part under its number within the run, as the log has it: without the braces of an event around its JSON. */
export interface NumberedPart {
  readonly seq: number;
  /** JSON of a `MessagePart`. */
  readonly part: string;
}
