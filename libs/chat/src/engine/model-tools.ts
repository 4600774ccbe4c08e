import { canonicalDigest, type McpTool, McpError } from '@app/mcp';
import type { ModelTool, ModelToolCall, ModelToolResult } from '@app/models';
import type { ApprovalRequest, Decisions } from '../approvals/approval-request.js';
import { ChatError } from '../chat.error.js';
import { riskOf, shownArguments } from '../profiles/profile.js';
import type { AnswerWriter } from './answer-writer.js';
import {
  APPROVED_TOO_LONG_AGO,
  approvalRequest,
  assertAsShown,
  isOutdated,
} from './approval-card.js';
import type { ArgumentChecks } from './argument-checks.js';
import { UnreadableCommandError } from './command.js';
import type { PersonWords, Turn } from './engine.js';
import { failureWords } from './failure-words.js';
import { assertHarmlessNames } from './harmless-names.js';
import { markedResult } from './marked-result.js';
import { asChatError, missingConnection } from './mcp-failure.js';
import type { Misfits, NeededConnection } from './model-work.js';
import type { AvailableTools, ProfileTools } from './profile-tools.js';
import {
  NOT_CONNECTED,
  OUTDATED,
  REFUSED,
  TOO_LONG_TO_SHOW,
  YOU_NOT_CONNECTED,
  YOU_REFUSED,
} from './refused-calls.js';
import { resultCard } from './result-card.js';
import { cardPart, type ToldResult } from './told-result.js';
import type { AskedQuestions, CallPlace, StoredQuestions } from './tool-questions.js';
import { toolTitle } from './tool-title.js';

/** The longest description that a model is told. Characters. */
const DESCRIPTION_CHARACTERS = 1_024;

/** What ends the answer, and not the call alone. */
const ENDS: readonly string[] = ['input_expired', 'tool_off'];

/** How often a model may call one tool again whose arguments did not fit. */
const MAX_REPAIRS = 2;

/** A call that can be made. */
interface ReadyCall {
  readonly tool: McpTool;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Around one call. */
interface CallScene {
  readonly callId: string;
  /** What it has asked the person, where it goes on. */
  readonly stored: StoredQuestions | undefined;
  readonly writer: AnswerWriter;
  readonly words: PersonWords;
  /** It has been shown, and needed a connection. */
  readonly isShown: boolean;
}

/** The tools of a profile as a model may use them in one answer. */
export class ModelTools {
  /** What the model may call, as it is told. */
  readonly offered: readonly ModelTool[];
  /** The names of what is called only with the approval of the person. */
  readonly approved: readonly string[];
  private readonly off: readonly string[];
  private readonly callable: ReadonlyMap<string, McpTool>;
  private readonly misfitsByTool: Map<string, number>;

  constructor(
    private readonly tools: ProfileTools,
    private readonly checks: ArgumentChecks,
    private readonly turn: Turn,
    { tools: available, off }: AvailableTools,
    private readonly marker: string,
    misfits: Misfits = {},
  ) {
    this.off = off;
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

  /** @throws ChatError `approval_mismatch` for a call that is not the one that was approved, `tool_off` */
  assertAsApproved({ name, input }: ModelToolCall, callId: string, decisions: Decisions): void {
    const decision = decisions.get(callId);
    if (decision?.isApproved && this.off.includes(name)) throw ChatError.switchedOff('tool_off');
    if (decision?.isApproved) assertAsShown(decision, this.callable.get(name), input ?? {});
  }

  /**
   * Makes one call, or goes on with it. What is wrong with it, or with the tool, is a result: the model has to know.
   *
   * @throws ChatError
   */
  async run(
    call: ModelToolCall,
    { callId, stored, writer, words, isShown }: CallScene,
  ): Promise<ModelToolResult | AskedQuestions | NeededConnection> {
    const { decisions, answers } = words;
    const { ready, problem } = this.read(call);
    const decision = decisions.get(callId);
    if (decision && !decision.isApproved) {
      await writer.toolEnded({ callId, failure: YOU_REFUSED });
      return resultOf(call, REFUSED, true);
    }
    // What has asked the person since goes on with what they answered.
    if (decision && !stored && isOutdated(decision)) {
      await writer.toolEnded({ callId, failure: APPROVED_TOO_LONG_AGO });
      return resultOf(call, OUTDATED, true);
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
    if (!decision && !stored) {
      if (wasRefused(ready, decisions)) return resultOf(call, REFUSED, true);
      if (this.isWrite(tool)) return resultOf(call, TOO_LONG_TO_SHOW, true);
      const shown = shownArguments(this.turn.profile, tool.name, input);
      if (!isShown) await writer.toolStarted({ callId, title: toolTitle(tool), input: shown });
    }
    const { held } = this.turn;
    const about = { callId, title: toolTitle(tool), isForModel: true } as const;
    const place = { ...about, stored, answers, held, writer };
    const result = await this.resultOf(tool, input, place);
    if ('requests' in result || 'connectionId' in result) return result;
    const { text, modelText, isError, card, isData } = result;
    await writer.toolEnded({
      callId,
      ...(isError ? { failure: text } : { output: resultCard(tool, text) }),
    });
    if (card) await writer.data(cardPart(card));
    return resultOf(call, isData ? markedResult(modelText, this.marker) : modelText, isError);
  }

  /** Ends a call that cannot be made, as the person does not connect what it needs. */
  async giveUp(
    call: ModelToolCall,
    { callId, writer }: Pick<CallScene, 'callId' | 'writer'>,
  ): Promise<ModelToolResult> {
    await writer.toolEnded({ callId, failure: YOU_NOT_CONNECTED });
    return resultOf(call, NOT_CONNECTED, true);
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
    place: CallPlace,
  ): Promise<(ToldResult & { readonly isData: boolean }) | AskedQuestions | NeededConnection> {
    try {
      await this.tools.assertRoomFor(this.turn, tool);
      const told = await this.tools.call(this.turn, tool, { ...input }, place);
      if ('requests' in told) return told;
      if (!told.isError) return { ...told, isData: true };
      const [text, modelText] = [failureWords(told.text), failureWords(told.modelText)];
      return { ...told, text, modelText, isData: true };
    } catch (error) {
      // What was switched off in the middle ends the answer: what it has told the model may be why.
      const isOver = error instanceof ChatError && ENDS.includes(error.code);
      if (isOver || this.turn.signal.aborted) throw asChatError(error);
      const failure = asChatError(error);
      const connectionId = missingConnection(failure);
      if (connectionId !== undefined) return { connectionId };
      const isTold = failure instanceof ChatError || failure instanceof UnreadableCommandError;
      const { message: text } = failure as Error;
      if (isTold) return { text, modelText: text, isError: true, isData: false };
      throw error instanceof McpError ? failure : error;
    }
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
