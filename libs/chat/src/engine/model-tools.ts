import { canonicalDigest, type McpTool, McpError } from '@app/mcp';
import type { ModelTool, ModelToolCall, ModelToolResult } from '@app/models';
import type { ApprovalRequest, Decisions } from '../approvals/approval-request.js';
import { ChatError } from '../chat.error.js';
import { riskOf, shownArguments } from '../profiles/profile.js';
import type { AnswerWriter } from './answer-writer.js';
import { approvalRequest, assertAsShown } from './approval-card.js';
import type { ArgumentChecks } from './argument-checks.js';
import { UnreadableCommandError } from './command.js';
import type { Turn } from './engine.js';
import { failureWords } from './failure-words.js';
import { assertHarmlessNames } from './harmless-names.js';
import { asChatError } from './mcp-failure.js';
import type { AvailableTools, ProfileTools } from './profile-tools.js';
import { resultCard } from './result-card.js';
import { toolTitle } from './tool-title.js';

/** How much of a result a model is told. Characters. */
const RESULT_CHARACTERS = 24_000;

const CUT = '\n[The rest was left out: it is too long. Ask for less at once.]';

const NOTHING_RETURNED = 'That worked. The tool returned nothing.';

/** The longest description that a model is told. Characters. */
const DESCRIPTION_CHARACTERS = 1_024;

/** What a model and a person are told of a call that was refused. */
const REFUSED = 'The person has refused this call. It was not made. Do not try it again.';
const YOU_REFUSED = 'You refused this. It has not been done.';

const TOO_LONG_TO_SHOW =
  'The arguments are too long to be shown to the person, who has to approve this call.';

/** How often a model may call one tool again whose arguments did not fit. */
const MAX_REPAIRS = 2;

/** How often the arguments for a tool did not fit since they last did, by its name. */
export type Misfits = Readonly<Record<string, number>>;

/** A call that can be made. */
interface ReadyCall {
  readonly tool: McpTool;
  readonly input: Readonly<Record<string, unknown>>;
}

/** The tools of a profile as a model may use them in one answer. */
export class ModelTools {
  /** What the model may call, as it is told. */
  readonly offered: readonly ModelTool[];
  /** The names of what is called only with the approval of the person. */
  readonly approved: readonly string[];
  private readonly callable: ReadonlyMap<string, McpTool>;
  private readonly misfitsByTool: Map<string, number>;

  constructor(
    private readonly tools: ProfileTools,
    private readonly checks: ArgumentChecks,
    private readonly turn: Turn,
    { tools: available }: AvailableTools,
    private readonly marker: string,
    misfits: Misfits = {},
  ) {
    this.misfitsByTool = new Map(Object.entries(misfits));
    this.callable = new Map(available.map((tool) => [tool.name, tool]));
    this.approved = available.filter((tool) => this.isWrite(tool)).map(({ name }) => name);
    this.offered = available.map(({ name, description, inputSchema }) => ({
      name,
      description: description.slice(0, DESCRIPTION_CHARACTERS),
      inputSchema,
    }));
  }

  get misfits(): Misfits {
    return Object.fromEntries(this.misfitsByTool);
  }

  /** Whether the model has been told what is wrong with its arguments for a tool as often as it is. */
  get isHopeless(): boolean {
    return [...this.misfitsByTool.values()].some((count) => count > MAX_REPAIRS);
  }

  /**
   * What the person has to be asked before this call; undefined for one that needs no approval, cannot be made, or has
   * been decided.
   */
  approvalOf(
    call: ModelToolCall,
    callId: string,
    decisions: Decisions,
  ): ApprovalRequest | undefined {
    const { ready } = this.read(call);
    if (!ready || !this.isWrite(ready.tool) || decisions.has(callId)) return undefined;
    if (wasRefused(ready, decisions)) return undefined;
    return approvalRequest(this.turn.profile, ready.tool, callId, ready.input);
  }

  /** @throws ChatError `approval_mismatch` for a call that is not the one that was approved */
  assertAsApproved({ name, input }: ModelToolCall, callId: string, decisions: Decisions): void {
    const decision = decisions.get(callId);
    if (decision?.isApproved) assertAsShown(decision, this.callable.get(name), input ?? {});
  }

  /** Makes one call. What is wrong with it, or with the tool, is a result: the model has to know. @throws ChatError */
  async run(
    call: ModelToolCall,
    callId: string,
    writer: AnswerWriter,
    decisions: Decisions,
  ): Promise<ModelToolResult> {
    const { ready, problem } = this.read(call);
    const decision = decisions.get(callId);
    if (decision && !decision.isApproved) {
      await writer.toolEnded({ callId, failure: YOU_REFUSED });
      return resultOf(call, REFUSED, true);
    }
    // The person sees no work where there is none.
    if (!ready) {
      if (this.callable.has(call.name)) {
        this.misfitsByTool.set(call.name, (this.misfitsByTool.get(call.name) ?? 0) + 1);
      }
      return resultOf(call, problem, true);
    }
    this.misfitsByTool.delete(call.name);
    const { tool, input } = ready;
    if (!decision) {
      if (wasRefused(ready, decisions)) return resultOf(call, REFUSED, true);
      if (this.isWrite(tool)) return resultOf(call, TOO_LONG_TO_SHOW, true);
      const shown = shownArguments(this.turn.profile, tool.name, input);
      await writer.toolStarted({ callId, title: toolTitle(tool), input: shown });
    }
    const { text, isError, isData } = await this.resultOf(tool, input);
    await writer.toolEnded({
      callId,
      ...(isError ? { failure: text } : { output: resultCard(tool, text) }),
    });
    return resultOf(call, isData ? this.marked(text) : text, isError);
  }

  private isWrite(tool: McpTool): boolean {
    return riskOf(this.turn.profile, tool) === 'write';
  }

  private read({
    name,
    input,
  }: ModelToolCall): { ready: ReadyCall; problem?: never } | { ready?: never; problem: string } {
    const tool = this.callable.get(name);
    if (!tool) return { problem: 'There is no such tool.' };
    if (!input) return { problem: 'The arguments are no JSON object.' };
    try {
      assertHarmlessNames(input);
    } catch (error) {
      return { problem: (error as Error).message };
    }
    const fault = this.checks.faultOf(tool, input);
    return fault === undefined
      ? { ready: { tool, input } }
      : { problem: `The arguments do not fit: ${fault}. Nothing was done.` };
  }

  private async resultOf(
    tool: McpTool,
    input: Readonly<Record<string, unknown>>,
  ): Promise<{ text: string; isError: boolean; isData: boolean }> {
    const { signal, profile } = this.turn;
    const deadline = AbortSignal.timeout(profile.limits.seconds * 1_000);
    const caller = { ...this.turn, signal: AbortSignal.any([signal, deadline]) };
    try {
      await this.tools.assertRoomFor(caller, tool);
      const { text, isError } = await this.tools.call(caller, tool, { ...input });
      return { text: isError ? failureWords(text) : text, isError, isData: true };
    } catch (error) {
      if (signal.aborted) throw asChatError(error);
      const failure = asChatError(error);
      const isTold = failure instanceof ChatError || failure instanceof UnreadableCommandError;
      if (isTold) return { text: failure.message, isError: true, isData: false };
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

/** Whether the person has refused the same call in this run: they are not asked again and again. */
function wasRefused({ tool, input }: ReadyCall, decisions: Decisions): boolean {
  const refused = [...decisions.values()].filter(
    ({ isApproved, tool: name }) => !isApproved && name === tool.name,
  );
  if (refused.length === 0) return false;
  const digest = canonicalDigest(input);
  return refused.some(({ argumentsDigest }) => argumentsDigest === digest);
}

function resultOf({ id, name }: ModelToolCall, text: string, isError: boolean): ModelToolResult {
  return { callId: id, name, text, isError };
}
