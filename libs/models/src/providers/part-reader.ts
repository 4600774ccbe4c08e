import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { Model } from '../catalog/model.js';
import { estimateTokens, tokensOfMessage, tokensOfTools } from '../conversation/token-estimate.js';
import type { ModelToolCall } from '../conversation/model-message.js';
import { ModelError } from '../model.error.js';
import type { FinishReason, ModelPart, ModelStep } from '../conversation/model-step.js';
import { type ReportedTokens, type StepUsage, usageOf } from '../usage/step-usage.js';
import { ToolNames } from './tool-names.js';
import { WholeText } from './whole-text.js';

/** Most calls that a model may make at once. */
const MAX_CALLS = 32;

const UNREPORTED: ReportedTokens = { input: undefined, output: undefined, cachedInput: undefined };

type Finish = Extract<LanguageModelV4StreamPart, { type: 'finish' }>;

/** Reads what a provider streams, one part at a time, and counts what it would have to say of its usage. */
export class PartReader {
  private readonly text = new WholeText();
  private readonly callIds = new Set<string>();
  private outputTokens = 0;

  constructor(
    private readonly model: Model,
    private readonly step: ModelStep,
    private readonly names: ToolNames,
  ) {}

  /** Nothing for a part that only the protocol needs. @throws ModelError for one that tells of a failure */
  read(part: LanguageModelV4StreamPart): ModelPart | undefined {
    switch (part.type) {
      case 'text-delta':
        return this.readText(part.delta);
      case 'reasoning-delta':
        this.outputTokens += estimateTokens(part.delta);
        return undefined;
      case 'tool-call':
        return { type: 'call', call: this.readCall(part) };
      case 'finish':
        return this.readFinish(part);
      case 'error':
        throw part.error instanceof ModelError ? part.error : new ModelError('model_broken');
      default:
        return undefined;
    }
  }

  /** Of a step that has no end. */
  usage(reported = UNREPORTED): StepUsage {
    const { instructions, messages, tools } = this.step;
    const input = messages.reduce(
      (sum, message) => sum + tokensOfMessage(message),
      estimateTokens(instructions) + tokensOfTools(tools),
    );
    return usageOf(this.model.price, reported, { input, output: this.outputTokens });
  }

  private readText(delta: string): ModelPart | undefined {
    this.outputTokens += estimateTokens(delta);
    const text = this.text.add(delta);
    return text === '' ? undefined : { type: 'text', text };
  }

  private readCall({
    toolCallId,
    toolName,
    input,
    providerMetadata,
  }: Extract<LanguageModelV4StreamPart, { type: 'tool-call' }>): ModelToolCall {
    this.outputTokens += estimateTokens(toolName + input);
    if (this.callIds.size === MAX_CALLS) {
      throw new ModelError('model_too_large', { reason: 'too_many_calls' });
    }
    // Results are told apart by it; some servers give every call the same.
    const isUsable = toolCallId !== '' && !this.callIds.has(toolCallId);
    const id = isUsable ? toolCallId : `call_${this.callIds.size}_${toolCallId}`;
    this.callIds.add(id);
    return {
      id,
      name: this.names.meant(toolName),
      input: objectOf(input),
      ...(providerMetadata && { echo: providerMetadata }),
    };
  }

  private readFinish({ finishReason, usage }: Finish): ModelPart {
    const { inputTokens, outputTokens } = usage;
    return {
      type: 'finish',
      reason: reasonOf(finishReason, this.callIds.size > 0),
      model: this.model.id,
      usage: this.usage({
        input: inputTokens.total,
        output: outputTokens.total,
        cachedInput: inputTokens.cacheRead,
      }),
    };
  }
}

/** @throws ModelError `model_broken` for a stream that only stops */
function reasonOf({ unified, raw }: Finish['finishReason'], hasCalls: boolean): FinishReason {
  switch (unified) {
    case 'length':
      return 'length';
    case 'content-filter':
      return 'refused';
    case 'error':
    case 'interrupted':
      throw new ModelError('model_broken', { reason: 'no_end' });
    case 'other':
      if (raw === undefined) throw new ModelError('model_broken', { reason: 'no_end' });
      return hasCalls ? 'calls' : 'stop';
    default:
      // Some servers say that they stop and call all the same.
      return hasCalls ? 'calls' : 'stop';
  }
}

/** Some models write nothing for a tool without arguments. */
function objectOf(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json.trim() === '' ? '{}' : json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
