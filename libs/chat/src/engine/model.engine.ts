import {
  estimateTokens,
  fitMessages,
  LanguageModels,
  ModelCatalog,
  ModelError,
  type ModelPart,
  type ModelToolCall,
  tokensOfTools,
} from '@app/models';
import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { Profile } from '../profiles/profile.js';
import { TokenUsageService } from '../usage/token-usage.service.js';
import type { AnswerWriter } from './answer-writer.js';
import type { AnswerEnd, Engine, PersonWords, Turn } from './engine.js';
import { ArgumentChecks } from './argument-checks.js';
import { asChatError } from './mcp-failure.js';
import { modelChain } from '../profiles/model-chain.js';
import { modelFailure } from './model-failure.js';
import { modelInstructions } from './model-instructions.js';
import { ModelTools } from './model-tools.js';
import { CANNOT_CALL, NO_ANSWER, NO_HELP, TOO_LONG, TOO_MANY_STEPS } from './model-remarks.js';
import {
  callIdOf,
  MAX_CALLS,
  requestsOf,
  untilAnswered,
  untilApproved,
  untilConnected,
} from './model-suspension.js';
import type { StepCalls, StoredWork, Work } from './model-work.js';
import { ProfileTools } from './profile-tools.js';
import { TurnHistory } from './turn-history.js';

const DEFAULT_STEPS = 8;
const DEFAULT_OUTPUT_TOKENS = 4_096;
const DEFAULT_SECONDS = 120;
const MARKER_BYTES = 16;

const TOO_MANY_CALLS = 'This call was not made: there were too many at once.';

/** Between what is said before and after the work of tools. */
const PARAGRAPH = '\n\n';

const NO_WORDS: PersonWords = { decisions: new Map(), answers: new Map() };

type Finish = Extract<ModelPart, { type: 'finish' }>;

/** What one step has come to. */
interface Said {
  readonly text: string;
  readonly calls: readonly ModelToolCall[];
  readonly finish: Finish;
}

/** Has a language model answer, with the tools of the profile, in a bounded number of steps. */
@Injectable()
export class ModelEngine implements Engine {
  readonly asksModel = true;

  constructor(
    private readonly models: LanguageModels,
    private readonly catalog: ModelCatalog,
    private readonly tools: ProfileTools,
    private readonly checks: ArgumentChecks,
    private readonly history: TurnHistory,
    private readonly usage: TokenUsageService,
  ) {}

  answersInParts(): boolean {
    return true;
  }

  seconds({ model }: Profile): number {
    return model?.seconds ?? DEFAULT_SECONDS;
  }

  /** @throws ChatError if no model answers, or the answer breaks off */
  answer(turn: Turn, writer: AnswerWriter): Promise<AnswerEnd> {
    return this.told(turn, async () => this.respond(await this.begin(turn, writer), 1));
  }

  resume(turn: Turn, writer: AnswerWriter, state: unknown, words: PersonWords): Promise<AnswerEnd> {
    const stored = state as StoredWork;
    const { current } = stored;
    return this.told(turn, async () => {
      const work = await this.begin(turn, writer, stored);
      // Before anything is done.
      const done = current.results.length + (stored.isNotConnected ? 1 : 0);
      for (const [index, call] of current.calls.entries()) {
        if (index >= done)
          work.tools.assertAsApproved(call, callIdOf(current, index), words.decisions);
      }
      const wait = await this.work(work, current, words, stored);
      return wait ?? this.respond(work, current.step + 1, words);
    });
  }

  private async told(turn: Turn, answer: () => Promise<AnswerEnd>): Promise<AnswerEnd> {
    try {
      return await answer();
    } catch (error) {
      throw asChatError(modelFailure(error, turn.signal));
    }
  }

  private async begin(turn: Turn, writer: AnswerWriter, stored?: StoredWork): Promise<Work> {
    const { profile, message } = turn;
    turn.sampled.count = stored?.sampled ?? 0;
    const [available, history] = await Promise.all([
      stored?.isNotConnected ? this.tools.listConnected(turn) : this.tools.list(turn),
      this.history.before(turn),
    ]);
    const marker = stored?.marker ?? `data ${randomBytes(MARKER_BYTES).toString('base64url')}`;
    const tools = new ModelTools(this.tools, this.checks, turn, available, marker, stored?.misfits);
    const { approved } = tools;
    return {
      turn,
      writer,
      tools,
      marker,
      history,
      chain: modelChain(this.catalog, profile),
      instructions: modelInstructions(profile, { marker, approved, now: new Date() }),
      messages: [...(stored?.messages ?? [{ role: 'user', text: message }])],
      tokensLeft: stored?.tokensLeft ?? profile.model?.outputTokens ?? DEFAULT_OUTPUT_TOKENS,
      hasText: stored?.hasText ?? false,
    };
  }

  private async respond(
    work: Work,
    first: number,
    words: PersonWords = NO_WORDS,
  ): Promise<AnswerEnd> {
    const steps = work.turn.profile.model?.steps ?? DEFAULT_STEPS;
    for (let step = first; step <= steps; step += 1) {
      const { text, calls, finish } = await this.say(work);
      if (finish.reason === 'refused') return end(work, 'answer_refused', NO_HELP);
      if (finish.reason === 'length' || work.tokensLeft <= 0) {
        await this.remark(work, TOO_LONG);
        return { failure: 'answer_incomplete' };
      }
      if (finish.reason === 'stop') return work.hasText ? {} : end(work, undefined, NO_ANSWER);
      if (step === steps) break;
      const wait = await this.work(work, { step, text, calls, results: [] }, words);
      if (wait) return wait;
      if (work.tools.isHopeless) {
        await this.remark(work, CANNOT_CALL);
        return { failure: 'tool_failed' };
      }
    }
    await this.remark(work, TOO_MANY_STEPS);
    return { failure: 'answer_incomplete' };
  }

  /** One step: what the model says is written as it comes. */
  private async say(work: Work): Promise<Said> {
    const { turn, tools, instructions, chain, writer } = work;
    const calls: ModelToolCall[] = [];
    let text = '';
    let finish: Finish | undefined;
    try {
      for await (const part of this.models.stream(chain, {
        instructions,
        messages: fitMessages([...work.history, ...work.messages], roomFor(work)),
        tools: tools.offered,
        maxOutputTokens: work.tokensLeft,
        signal: turn.signal,
      })) {
        if (part.type === 'text') {
          const isNewParagraph = text === '' && work.hasText;
          await writer.text(isNewParagraph ? PARAGRAPH + part.text : part.text);
          work.hasText = true;
          text += part.text;
        } else if (part.type === 'call') calls.push(part.call);
        else finish = part;
      }
    } catch (error) {
      const begun = error instanceof ModelError ? error.begun : undefined;
      if (begun) await this.usage.add(turn, begun.model, begun.usage);
      throw error;
    }
    const said = { text, calls, finish: finish! };
    work.tokensLeft -= said.finish.usage.outputTokens;
    await this.usage.add(turn, said.finish.model, said.finish.usage);
    return said;
  }

  /**
   * The calls of a step, one after the other: what a tool does may depend on the one before. Returns what is needed to go
   * on where the person has to decide, or to connect a server, first.
   */
  private async work(
    work: Work,
    current: StepCalls,
    words: PersonWords,
    before: Pick<StoredWork, 'asked' | 'isShown' | 'isNotConnected'> = {},
  ): Promise<AnswerEnd | undefined> {
    const { tools, writer, messages } = work;
    const { text, calls, results } = current;
    const { decisions } = words;
    let { asked: stored, isShown = false, isNotConnected = false } = before;
    for (const [index, call] of calls.entries()) {
      if (index < results.length) continue;
      const { id, name } = call;
      if (index >= MAX_CALLS) {
        results.push({ callId: id, name, text: TOO_MANY_CALLS, isError: true });
        continue;
      }
      const callId = callIdOf(current, index);
      if (tools.approvalOf(call, callId, decisions)) {
        return { suspension: untilApproved(work, current, requestsOf(work, current, decisions)) };
      }
      const scene = { callId, stored, writer, words, isShown };
      const result = isNotConnected
        ? await tools.giveUp(call, scene)
        : await tools.run(call, scene);
      if ('requests' in result) return { suspension: untilAnswered(work, current, result) };
      if ('connectionId' in result)
        return { missing: untilConnected(work, current, result, stored) };
      results.push(result);
      [stored, isShown, isNotConnected] = [undefined, false, false];
    }
    messages.push({ role: 'assistant', text, calls }, { role: 'tool', results });
    return undefined;
  }

  private async remark(work: Work, text: string): Promise<void> {
    await work.writer.text(work.hasText ? PARAGRAPH + text : text);
  }
}

async function end(
  { hasText, writer }: Work,
  failure: AnswerEnd['failure'],
  words: string,
): Promise<AnswerEnd> {
  if (!hasText) await writer.text(words);
  return failure ? { failure } : {};
}

/** The tokens that are left for the conversation, with every model of the chain. */
function roomFor({ chain, instructions, tools, tokensLeft }: Work): number {
  const rooms = chain.map(
    ({ contextWindow, maxOutputTokens }) => contextWindow - Math.min(maxOutputTokens, tokensLeft),
  );
  return Math.min(...rooms) - estimateTokens(instructions) - tokensOfTools(tools.offered);
}
