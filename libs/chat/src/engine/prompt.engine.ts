import { commandNames, type Profile } from '../profiles/profile.js';
import type { AnswerWriter } from './answer-writer.js';
import { type Command, parseCommand, resolveCommand, UnreadableCommandError } from './command.js';
import type { AnswerEnd, Engine, Turn } from './engine.js';
import { failureWords } from './failure-words.js';
import { asChatError } from './mcp-failure.js';
import { hasPrompt, type ProfilePrompts } from './profile-prompts.js';
import { WrappingEngine } from './wrapping.engine.js';

const UNAVAILABLE = 'This command is not available at the moment. Try again later.';

const NEEDS_MODEL =
  '(This is what the command says. To answer it, a language model is needed, and none is configured here.)';

/**
 * Answers the commands that are prompts of servers: what the prompt says is put to the language model as the words of the
 * person, and nothing else of it. Without a model the person reads it. All else is answered by the engine behind, also
 * what has waited for the person: it is an answer to what the prompt has said.
 */
export class PromptEngine extends WrappingEngine {
  constructor(
    private readonly prompts: ProfilePrompts,
    inner: Engine,
  ) {
    super(inner);
  }

  /** @throws ChatError if the server fails, or as the engine behind does */
  override async answer(turn: Turn, writer: AnswerWriter): Promise<AnswerEnd> {
    const command = promptCommand(turn.profile, turn.message);
    if (!command) return this.inner.answer(turn, writer);
    try {
      const said = await this.prompts.say(turn, command.name, command.input);
      if (!said) return await end(writer, UNAVAILABLE, 'command_refused');
      const { text, isError } = said;
      if (isError) return await end(writer, failureWords(text), 'tool_failed');
      if (!this.asksModel) return await end(writer, `${text}\n\n${NEEDS_MODEL}`);
      return await this.inner.answer({ ...turn, message: text }, writer);
    } catch (error) {
      if (!(error instanceof UnreadableCommandError)) throw asChatError(error);
      return end(writer, error.message, 'command_refused');
    }
  }
}

/** The command in a message that is a prompt of the profile. */
export function promptCommand(profile: Profile, message: string): Command | undefined {
  if (!profile.allowedPrompts) return undefined;
  const typed = parseCommand(message);
  const command = typed && resolveCommand(typed, [...commandNames(profile), 'help']);
  return command && hasPrompt(profile, command.name) ? command : undefined;
}

async function end(
  writer: AnswerWriter,
  text: string,
  failure?: AnswerEnd['failure'],
): Promise<AnswerEnd> {
  await writer.text(text);
  return failure ? { failure } : {};
}
