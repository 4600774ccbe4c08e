/** One message of a conversation, as a model is told of it. */
export type ModelMessage = UserMessage | AssistantMessage | ToolMessage;

export interface UserMessage {
  readonly role: 'user';
  readonly text: string;
}

export interface AssistantMessage {
  readonly role: 'assistant';
  readonly text: string;
  /** Each has its result in the message that follows. */
  readonly calls: readonly ModelToolCall[];
}

export interface ToolMessage {
  readonly role: 'tool';
  readonly results: readonly ModelToolResult[];
}

export interface ModelToolCall {
  readonly id: string;
  readonly name: string;
  /** Undefined if what the model wrote is no JSON object: then the call cannot be made. */
  readonly input: Readonly<Record<string, unknown>> | undefined;
  /** What the provider wants to see again with the call. Opaque. */
  readonly echo?: object;
}

export interface ModelToolResult {
  readonly callId: string;
  readonly name: string;
  readonly text: string;
  readonly isError: boolean;
}

/** A tool that the model may call. */
export interface ModelTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}
