import type { Sample, SamplingAnswer, SamplingRefusal, SamplingRequest } from '@app/mcp';
import {
  estimateTokens,
  LanguageModels,
  type Model,
  ModelCatalog,
  ModelError,
  type ModelMessage,
  type ModelPart,
} from '@app/models';
import { Injectable, Logger } from '@nestjs/common';
import { modelChain } from '../profiles/model-chain.js';
import type { ProfileSampling } from '../profiles/profile.js';
import { AllowanceService } from '../usage/allowance.service.js';
import { TokenUsageService } from '../usage/token-usage.service.js';
import type { Turn } from './engine.js';

/** Before the words of the server, which are all that follows. */
const INSTRUCTIONS =
  'You answer a request of a program, not of a person. You have no tools, and know nothing but what the request says.';

/** What the server is told. */
const REFUSALS = {
  too_many: 'The language model does not answer that often for one message.',
  unfit: 'The language model was not asked.',
  no_model: 'There is no language model.',
  too_long: 'The request is too long for the language model.',
  used_up: 'The allowance of the day is used up.',
  no_answer: 'The language model did not answer.',
  declined: 'The language model declines.',
} as const;

type Refusal = keyof typeof REFUSALS;

type Finish = Extract<ModelPart, { type: 'finish' }>;

/** A request of a server, and who pays for it. */
interface Asked {
  readonly turn: Turn;
  readonly server: string;
  readonly request: SamplingRequest;
  readonly chain: readonly Model[];
  readonly maxOutputTokens: number;
  readonly signal: AbortSignal;
}

/**
 * Has the language model of a profile answer the servers of that profile (MCP sampling), where it says so. The model is
 * told what the server says and nothing else: not the conversation, not the instructions of the assistant, no tools.
 */
@Injectable()
export class ServerSampling {
  private readonly log = new Logger('Tools');

  constructor(
    private readonly models: LanguageModels,
    private readonly catalog: ModelCatalog,
    private readonly usage: TokenUsageService,
    private readonly allowances: AllowanceService,
  ) {}

  /** What answers a server during a call; undefined where the profile does not allow it. */
  of(turn: Turn, server: string): Sample | undefined {
    const { sampling } = turn.profile;
    if (!sampling) return undefined;
    return async (request, signal) => {
      // Counted before anything is awaited: several may come at once.
      turn.sampled.count += 1;
      const isTooMuch = turn.sampled.count > sampling.callsPerMessage;
      if (isTooMuch) return this.refuse(turn, server, 'too_many');
      if ('unfit' in request) return this.refuse(turn, server, 'unfit', request.unfit);
      const end = await this.answer(turn, server, sampling, request, signal);
      return typeof end === 'string' ? this.refuse(turn, server, end) : end;
    };
  }

  private async answer(
    turn: Turn,
    server: string,
    sampling: ProfileSampling,
    request: SamplingRequest,
    signal: AbortSignal,
  ): Promise<SamplingAnswer | Refusal> {
    const chain = modelChain(this.catalog, turn.profile);
    if (chain.length === 0) return 'no_model';
    const maxOutputTokens = Math.min(request.maxTokens ?? Infinity, sampling.maxTokens);
    if (tokensOf(request) > roomOf(chain, maxOutputTokens)) return 'too_long';
    try {
      if (await this.allowances.isDayUsedUp(turn.accountId, turn.profile)) return 'used_up';
      return await this.ask({ turn, server, request, chain, maxOutputTokens, signal });
    } catch (err) {
      if (!(err instanceof ModelError)) {
        this.log.error({ event: 'mcp.sampling.failed', ...factsOf(turn, server), err });
      }
      return 'no_answer';
    }
  }

  private async ask(asked: Asked): Promise<SamplingAnswer | Refusal> {
    const { turn, server, request, chain, maxOutputTokens, signal } = asked;
    let text = '';
    let finish: Finish | undefined;
    try {
      for await (const part of this.models.stream(chain, {
        instructions: instructionsOf(request),
        messages: request.messages.map(toModelMessage),
        tools: [],
        maxOutputTokens,
        signal,
      })) {
        if (part.type === 'text') text += part.text;
        else if (part.type === 'finish') finish = part;
      }
    } catch (error) {
      const begun = error instanceof ModelError ? error.begun : undefined;
      if (begun) await this.usage.add(turn, begun.model, begun.usage);
      throw error;
    }
    const { model, usage, reason } = finish!;
    await this.usage.add(turn, model, usage);
    const { inputTokens, outputTokens } = usage;
    const facts = { ...factsOf(turn, server), model, inputTokens, outputTokens };
    this.log.log({ event: 'mcp.sampling', ...facts });
    if (reason === 'refused') return 'declined';
    const end = firstStop(text, request.stopSequences);
    if (end >= 0) return { text: text.slice(0, end), model, stopReason: 'stopSequence' };
    return { text, model, stopReason: reason === 'length' ? 'maxTokens' : 'endTurn' };
  }

  private refuse(turn: Turn, server: string, code: Refusal, reason?: string): SamplingRefusal {
    const facts = { ...factsOf(turn, server), code, ...(reason && { reason }) };
    this.log.warn({ event: 'mcp.sampling.refused', ...facts });
    const words = REFUSALS[code];
    return { refusal: reason ? `${words} ${reason}` : words };
  }
}

function factsOf({ profile, runId }: Turn, server: string) {
  return { profileId: profile.id, server, runId };
}

function instructionsOf({ instructions }: SamplingRequest): string {
  return instructions === '' ? INSTRUCTIONS : `${INSTRUCTIONS}\n\n${instructions}`;
}

function toModelMessage({ role, text }: SamplingRequest['messages'][number]): ModelMessage {
  return role === 'user' ? { role, text } : { role, text, calls: [] };
}

function tokensOf(request: SamplingRequest): number {
  const texts = [instructionsOf(request), ...request.messages.map(({ text }) => text)];
  return texts.reduce((sum, text) => sum + estimateTokens(text), 0);
}

/** With every model of the chain. */
function roomOf(chain: readonly Model[], outputTokens: number): number {
  const rooms = chain.map(
    ({ contextWindow, maxOutputTokens }) => contextWindow - Math.min(maxOutputTokens, outputTokens),
  );
  return Math.min(...rooms);
}

/** Cut here and not by the provider: not each of them takes such texts. -1 without one. */
function firstStop(text: string, stops: readonly string[]): number {
  const found = stops.map((stop) => text.indexOf(stop)).filter((index) => index >= 0);
  return found.length === 0 ? -1 : Math.min(...found);
}
