import type { McpAnswer } from '@app/mcp';
import { ChatError } from '../chat.error.js';
import type { Profile } from '../profiles/profile.js';
import type { AnswerWriter } from './answer-writer.js';
import type { AnswerEnd, Engine, EngineName, PersonWords, Suspension, Turn } from './engine.js';
import { missingConnection } from './mcp-failure.js';
import { WrappingEngine } from './wrapping.engine.js';

/** What is stored of an answer that waits until the person has connected a server. */
interface StoredWait {
  readonly waitsForConnection: true;
  /** How often the run has waited for one. */
  readonly count: number;
  /** What the engine wrote down, where the answer had waited for something else before. */
  readonly before?: {
    readonly state: unknown;
    /** What the person had entered for it: it is not kept elsewhere any more. */
    readonly entered: Entered;
    /** A call in the middle of the answer found the connection missing: without it the answer goes on all the same. */
    readonly isMidway?: true;
  };
}

type Entered = readonly (readonly [inputId: string, answer: McpAnswer])[];

/** How often one answer waits for connections: a server that never has enough ends it. */
const MAX_WAITS = 8;

/** No call of a tool has this id. */
const NO_CALL = '0';

const NOT_CONNECTED =
  'This cannot be done without your account at the other service. Nothing has been done there.';

/**
 * Has an answer wait where a server wants the person to connect it, instead of failing: nothing was called then, and the
 * answer begins again where it stood.
 */
export class ConnectingEngine extends WrappingEngine {
  constructor(
    private readonly name: EngineName,
    inner: Engine,
  ) {
    super(inner);
  }

  override answer(turn: Turn, writer: AnswerWriter): Promise<AnswerEnd> {
    const first = { waitsForConnection: true, count: 1 } as const;
    return this.orWait(turn, first, [], () => this.inner.answer(turn, writer));
  }

  override resume(
    turn: Turn,
    writer: AnswerWriter,
    state: unknown,
    words: PersonWords,
  ): Promise<AnswerEnd> {
    const wait = isWait(state) ? state : undefined;
    const count = (wait?.count ?? connectionsIn(words)) + 1;
    const before = wait ? wait.before : { state, entered: enteredIn(words) };
    const next = { waitsForConnection: true, count, ...(before && { before }) } as const;
    const entered = before?.entered ?? [];
    return this.orWait(turn, next, entered, async () => {
      const isRefused = wait && words.answers.get(inputIdOf(wait))?.action !== 'accept';
      if (isRefused && !before?.isMidway) {
        await writer.text(NOT_CONNECTED);
        return { failure: 'tool_failed' };
      }
      if (!before) return this.inner.answer(turn, writer);
      const answers = new Map([...words.answers, ...entered]);
      const noted = isRefused ? { ...Object(before.state), isNotConnected: true } : before.state;
      return this.inner.resume(turn, writer, noted, { ...words, answers });
    });
  }

  private async orWait(
    { profile }: Turn,
    wait: StoredWait,
    entered: Entered,
    answer: () => Promise<AnswerEnd>,
  ): Promise<AnswerEnd> {
    try {
      const end = await answer();
      if (!end.missing) return end;
      const { connectionId, state } = end.missing;
      if (wait.count > MAX_WAITS) throw ChatError.connectionRequired(connectionId);
      const before = { state, entered, isMidway: true } as const;
      return { suspension: this.suspension(profile, { ...wait, before }, connectionId) };
    } catch (error) {
      const connectionId = missingConnection(error);
      if (connectionId === undefined || wait.count > MAX_WAITS) throw error;
      return { suspension: this.suspension(profile, wait, connectionId) };
    }
  }

  private suspension(profile: Profile, state: StoredWait, connectionId: string): Suspension {
    const title = titleOf(profile);
    const message = `Connect your account at ${title}. Then this goes on by itself.`;
    const question = { kind: 'connection', message, connectionId } as const;
    const input = { inputId: inputIdOf(state), callId: NO_CALL, title, question };
    return { engine: this.name, state, approvals: [], inputs: [input] };
  }
}

function isWait(state: unknown): state is StoredWait {
  return (Object(state) as Partial<StoredWait>).waitsForConnection === true;
}

function inputIdOf({ count }: StoredWait): string {
  return `${NO_CALL}.${count}`;
}

function enteredIn({ answers }: PersonWords): (readonly [string, McpAnswer])[] {
  return [...answers].filter(([, { content }]) => content !== undefined);
}

/** How often a run has waited for connections before. */
function connectionsIn({ answers }: PersonWords): number {
  return [...answers.keys()].filter((id) => id.startsWith(`${NO_CALL}.`)).length;
}

/** What people know the service by. With several it is not told which: that would name servers. */
function titleOf({ name, servers }: Profile): string {
  const titles = servers.flatMap((server) =>
    server.transport === 'http' && server.authorization ? [server.authorization.title] : [],
  );
  return (titles.length === 1 ? titles[0] : undefined) ?? name;
}
