import type { McpTool } from '@app/mcp';
import { ModelCatalog } from '@app/models';
import { Injectable } from '@nestjs/common';
import type { Profile } from '../profiles/profile.js';
import {
  APPROVED_TOO_LONG_AGO,
  approvalRequest,
  assertAsShown,
  isOutdated,
} from './approval-card.js';
import type { CapabilitiesView } from './capabilities.view.js';
import type { AnswerWriter } from './answer-writer.js';
import { type Arguments, parseArguments } from './command-arguments.js';
import { parseCommand, resolveCommand, UnreadableCommandError } from './command.js';
import { toCommandView } from './command.view.js';
import type { AnswerEnd, AnswerFailure, Engine, PersonWords, Suspension, Turn } from './engine.js';
import { failureWords } from './failure-words.js';
import { helpText } from './help-text.js';
import { asChatError } from './mcp-failure.js';
import { modelChain } from '../profiles/model-chain.js';
import { type AvailableCommands, ProfilePrompts } from './profile-prompts.js';
import { ProfileTools, type ToolCaller } from './profile-tools.js';
import { cardPart } from './told-result.js';
import type { CallPlace, StoredQuestions } from './tool-questions.js';
import { toolTitle } from './tool-title.js';
import { trimTyped } from './typed-text.js';

/** What a message is answered with. */
interface Reply {
  readonly text: string;
  readonly failure?: AnswerFailure;
}

/** What is stored of a command while the person decides. */
interface StoredCommand {
  readonly tool: string;
  readonly input: Arguments;
  /** What the tool has asked; absent before the call. */
  readonly asked?: StoredQuestions;
  /** How often it has turned to the language model. */
  readonly sampled?: number;
}

/** The answer of a tool that worked and returned nothing: an empty folder, or a change without a report. */
const NOTHING_TO_SHOW = 'That worked. There is nothing to show.';

/** What is always a command, unless the profile has a tool of exactly that name in another case. */
const HELP = 'help';

/** A message has one tool called at most. */
const ONLY_CALL = '1';

const REFUSED = 'You refused this. It has not been done.';
const TOO_LONG_TO_SHOW = 'This is too long to be shown for approval. Write less at once.';

/** How much of a name that is none is repeated to the person. Characters. */
const SHOWN_NAME = 64;

/**
 * Answers without a language model: commands go to the tool they name, other text to the profile's default tool.
 * Deterministic, and honest about it. Mistakes of a person are answers; only what fails behind is thrown.
 */
@Injectable()
export class DirectEngine implements Engine {
  readonly asksModel = false;

  constructor(
    private readonly tools: ProfileTools,
    private readonly prompts: ProfilePrompts,
    private readonly models: ModelCatalog,
  ) {}

  seconds({ limits }: Profile): number {
    return Math.max(limits.seconds, limits.totalSeconds ?? 0);
  }

  /** Only where the person may be asked. */
  answersInParts({ confirm = [] }: Profile): boolean {
    return confirm.length > 0;
  }

  /** @throws ChatError if a server behind the assistant fails, or keeps as much as it may */
  answer(turn: Turn, writer: AnswerWriter): Promise<AnswerEnd> {
    return this.write(writer, () => this.respond(turn, writer));
  }

  resume(
    turn: Turn,
    writer: AnswerWriter,
    state: unknown,
    { decisions, answers }: PersonWords,
  ): Promise<AnswerEnd> {
    const { tool: name, input, asked, sampled = 0 } = state as StoredCommand;
    turn.sampled.count = sampled;
    const decision = decisions.get(ONLY_CALL);
    return this.write(writer, async () => {
      if (asked) {
        const tool = await this.tools.find(turn, name);
        if (!tool) return unknownCommand(name);
        return this.make(turn, writer, tool, input, { stored: asked, answers });
      }
      if (!decision?.isApproved) {
        await writer.toolEnded({ callId: ONLY_CALL, failure: REFUSED });
        return { text: REFUSED };
      }
      if (isOutdated(decision)) {
        await writer.toolEnded({ callId: ONLY_CALL, failure: APPROVED_TOO_LONG_AGO });
        return { text: APPROVED_TOO_LONG_AGO };
      }
      const tool = await this.tools.find(turn, name);
      assertAsShown(decision, tool, input);
      await this.tools.assertRoomFor(turn, tool);
      return this.make(turn, writer, tool, input);
    });
  }

  /** @throws ChatError if a server behind the assistant fails */
  async capabilities(profile: Profile, accountId: string): Promise<CapabilitiesView> {
    const signal = AbortSignal.timeout(profile.limits.seconds * 1000);
    try {
      const { commands, unavailable } = await this.commands({ profile, accountId, signal });
      return {
        commands: commands.map(toCommandView),
        defaultCommand: this.hasModel(profile) ? undefined : profile.defaultTool?.name,
        ...(unavailable.length > 0 && { unavailable: [...unavailable] }),
      };
    } catch (error) {
      throw asChatError(error);
    }
  }

  private async write(
    writer: AnswerWriter,
    respond: () => Promise<Reply | Suspension>,
  ): Promise<AnswerEnd> {
    const reply = await this.reply(respond);
    if ('approvals' in reply) return { suspension: reply };
    const { text, failure } = reply;
    await writer.text(text);
    return failure ? { failure } : {};
  }

  private async reply(respond: () => Promise<Reply | Suspension>): Promise<Reply | Suspension> {
    try {
      return await respond();
    } catch (error) {
      if (error instanceof UnreadableCommandError) return refused(error.message);
      throw asChatError(error);
    }
  }

  private async respond(turn: Turn, writer: AnswerWriter): Promise<Reply | Suspension> {
    const { profile, message } = turn;
    const typed = parseCommand(message);
    if (typed) {
      const command = resolveCommand(typed, [...Object.values(profile.allowedTools).flat(), HELP]);
      if (!command) return unknownCommand(typed.name);
      if (command.name === HELP) return this.help(turn);
      return this.call(turn, writer, command.name, ({ inputSchema }) =>
        parseArguments(command.input, inputSchema),
      );
    }
    const { defaultTool } = profile;
    if (trimTyped(message) === '' || !defaultTool) return this.help(turn);
    return this.call(turn, writer, defaultTool.name, () => ({ [defaultTool.argument]: message }));
  }

  private async help(turn: Turn): Promise<Reply> {
    const { profile } = turn;
    return { text: helpText(profile, await this.commands(turn), this.hasModel(profile)) };
  }

  private async commands(caller: ToolCaller): Promise<AvailableCommands> {
    const [{ tools, unavailable }, prompts] = await Promise.all([
      this.tools.list(caller),
      this.prompts.list(caller),
    ]);
    return {
      commands: [...tools, ...prompts.commands],
      unavailable: [...unavailable, ...prompts.unavailable],
    };
  }

  private hasModel(profile: Profile): boolean {
    return modelChain(this.models, profile).length > 0;
  }

  private async call(
    turn: Turn,
    writer: AnswerWriter,
    name: string,
    argumentsFor: (tool: McpTool) => Arguments,
  ): Promise<Reply | Suspension> {
    const tool = await this.tools.find(turn, name);
    if (!tool) return unknownCommand(name);
    const input = argumentsFor(tool);
    await this.tools.assertRoomFor(turn, tool);
    if (turn.profile.confirm?.includes(name)) return confirmation(turn, tool, input);
    await writer.toolStarted({ callId: ONLY_CALL, title: toolTitle(tool) });
    return this.make(turn, writer, tool, input);
  }

  private async make(
    turn: Turn,
    writer: AnswerWriter,
    tool: McpTool,
    input: Arguments,
    before: Pick<CallPlace, 'stored' | 'answers'> = {},
  ): Promise<Reply | Suspension> {
    const { held, sampled } = turn;
    const place = { callId: ONLY_CALL, title: toolTitle(tool), held, writer, ...before };
    const result = await this.tools.call(turn, tool, input, place);
    if ('requests' in result) {
      const state = {
        tool: tool.name,
        input,
        asked: result.stored,
        sampled: sampled.count,
      } satisfies StoredCommand;
      return { engine: 'direct', state, approvals: [], inputs: result.requests };
    }
    const { text, isError, card } = result;
    const failure = isError ? failureWords(text) : undefined;
    await writer.toolEnded({ callId: ONLY_CALL, ...(failure && { failure }) });
    if (card) await writer.data(cardPart(card));
    if (failure) return { text: failure, failure: 'tool_failed' };
    return { text: text === '' ? NOTHING_TO_SHOW : text };
  }
}

/** The person has typed it, and is asked all the same. */
function confirmation({ profile }: Turn, tool: McpTool, input: Arguments): Reply | Suspension {
  const approval = approvalRequest(profile, tool, ONLY_CALL, input);
  if (!approval) return refused(TOO_LONG_TO_SHOW);
  const state = { tool: tool.name, input } satisfies StoredCommand;
  return { engine: 'direct', state, approvals: [approval], inputs: [] };
}

function refused(text: string): Reply {
  return { text, failure: 'command_refused' };
}

function unknownCommand(name: string): Reply {
  const shown =
    name.length > SHOWN_NAME ? `${Array.from(name).slice(0, SHOWN_NAME).join('')}…` : name;
  return refused(`There is no command /${shown} here. Write /help to see what there is.`);
}
