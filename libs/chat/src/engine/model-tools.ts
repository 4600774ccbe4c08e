import { type McpTool, McpError } from '@app/mcp';
import type { ModelTool, ModelToolCall, ModelToolResult } from '@app/models';
import { ChatError } from '../chat.error.js';
import { riskOf } from '../profiles/profile.js';
import type { AnswerWriter } from './answer-writer.js';
import { UnreadableCommandError } from './command.js';
import type { Turn } from './engine.js';
import { failureWords } from './failure-words.js';
import { assertHarmlessNames } from './harmless-names.js';
import { asChatError } from './mcp-failure.js';
import type { AvailableTools, ProfileTools } from './profile-tools.js';
import { toolTitle } from './tool-title.js';

/** How much of a result a model is told. Characters. */
const RESULT_CHARACTERS = 24_000;

const CUT = '\n[The rest was left out: it is too long. Ask for less at once.]';

const NOTHING_RETURNED = 'That worked. The tool returned nothing.';

/** The longest description that a model is told. Characters. */
const DESCRIPTION_CHARACTERS = 1_024;

/** The tools of a profile as a model may use them in one answer: what only the person may do is not among them. */
export class ModelTools {
  /** What the model may call, as it is told. */
  readonly offered: readonly ModelTool[];
  /** The names of what only the person may do. */
  readonly withheld: readonly string[];
  private readonly callable: ReadonlyMap<string, McpTool>;

  constructor(
    private readonly tools: ProfileTools,
    private readonly turn: Turn,
    { tools: available }: AvailableTools,
    private readonly marker: string,
  ) {
    const isCallable = ({ name }: McpTool) => riskOf(turn.profile, name) !== 'write';
    this.callable = new Map(available.filter(isCallable).map((tool) => [tool.name, tool]));
    this.withheld = available.filter((tool) => !isCallable(tool)).map(({ name }) => name);
    this.offered = [...this.callable.values()].map(({ name, description, inputSchema }) => ({
      name,
      description: description.slice(0, DESCRIPTION_CHARACTERS),
      inputSchema,
    }));
  }

  /** Makes one call. What is wrong with it, or with the tool, is a result: the model has to know. @throws ChatError */
  async run(call: ModelToolCall, callId: string, writer: AnswerWriter): Promise<ModelToolResult> {
    const tool = this.callable.get(call.name);
    // The person sees no work where there is none.
    if (!tool) return resultOf(call, 'There is no such tool.', true);
    if (!call.input) return resultOf(call, 'The arguments are no JSON object.', true);
    await writer.toolStarted({ callId, title: toolTitle(tool) });
    const { text, isError } = await this.resultOf(tool, call.input);
    await writer.toolEnded({ callId, ...(isError && { failure: text }) });
    return resultOf(call, isError ? text : this.marked(text), isError);
  }

  private async resultOf(
    tool: McpTool,
    input: Readonly<Record<string, unknown>>,
  ): Promise<{ text: string; isError: boolean }> {
    const { signal, profile } = this.turn;
    const deadline = AbortSignal.timeout(profile.limits.seconds * 1_000);
    const caller = { ...this.turn, signal: AbortSignal.any([signal, deadline]) };
    try {
      assertHarmlessNames(input);
      await this.tools.assertRoomFor(caller, tool);
      const { text, isError } = await this.tools.call(caller, tool, { ...input });
      return { text: isError ? failureWords(text) : text, isError };
    } catch (error) {
      if (signal.aborted) throw asChatError(error);
      const failure = asChatError(error);
      const isTold = failure instanceof ChatError || failure instanceof UnreadableCommandError;
      if (isTold) return { text: failure.message, isError: true };
      throw error instanceof McpError ? failure : error;
    }
  }

  /** Delimited as data, and bounded. */
  private marked(text: string): string {
    const whole = text === '' ? NOTHING_RETURNED : text;
    const shown =
      whole.length > RESULT_CHARACTERS
        ? whole.slice(0, RESULT_CHARACTERS).toWellFormed() + CUT
        : whole;
    return `[${this.marker}]\n${shown}\n[/${this.marker}]`;
  }
}

function resultOf({ id, name }: ModelToolCall, text: string, isError: boolean): ModelToolResult {
  return { callId: id, name, text, isError };
}
