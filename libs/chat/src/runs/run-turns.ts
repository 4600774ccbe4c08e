import { queueLengths } from '@app/metrics';
import { Injectable } from '@nestjs/common';
import { ChatError } from '../chat.error.js';
import { RunWatchers } from '../events/run-watchers.js';
import { waitsForPerson } from '../ownership/run.entity.js';
import { OpenRuns } from './open-runs.js';
import { RunEndWatcher } from './run-end.watcher.js';
import { runPlaces } from './run-places.js';
import { type BegunRun, type NewMessage, RunStore } from './run-store.js';
import { type OpenRun, type RunsInTheWay, TakenTurn } from './taken-turn.js';
import { WaitingLine } from './waiting-line.js';

/** How long a message waits for its turn. Milliseconds. */
const PATIENCE_MS = 20_000;

/** How often it is looked at the runs in the way: one that begins to wait for the person on another instance wakes nothing. Milliseconds. */
const LOOK_INTERVAL_MS = 1_000;

/** How many messages wait in one line. */
const MAX_WAITING = 32;

/** That it is not worth waiting any longer. */
class OutOfPatience extends Error {
  override readonly name = 'OutOfPatience';
}

/**
 * Has messages begin one after the other in each conversation, and so many of an account with an assistant at the same
 * time as its profile allows. The database decides, for all instances; here it is decided which message asks it next.
 */
@Injectable()
export class RunTurns {
  private readonly lines = new Map<string, WaitingLine>();
  private readonly waiting = new Set<AbortController>();
  private readonly forget = queueLengths.readFrom(() => [
    { labels: { queue: 'messages' }, value: this.waiting.size },
  ]);
  private isStopped = false;

  constructor(
    private readonly store: RunStore,
    private readonly open: OpenRuns,
    private readonly watchers: RunWatchers,
  ) {}

  /**
   * Stores the message as soon as it is its turn.
   *
   * @throws RepeatedMessage @throws ChatError `conversation_busy`, `too_many_runs` if its turn does not come, `shutting_down`, and as
   *   `RunStore.begin`
   */
  async begin(message: NewMessage): Promise<BegunRun> {
    const line = lineOfConversation(message);
    if (!line || !this.lines.has(line)) {
      const begun = await this.attempt(message);
      if (!(begun instanceof TakenTurn)) return begun;
    } else {
      // A repetition need not wait.
      await this.store.assertFirst(message);
    }
    if (this.isStopped) throw ChatError.shuttingDown();
    const givenUp = new AbortController();
    const timer = setTimeout(() => givenUp.abort(new OutOfPatience()), PATIENCE_MS);
    this.waiting.add(givenUp);
    const first = () => this.beginFirst(message, givenUp.signal);
    try {
      return await (line ? this.inLine(line, givenUp.signal, first) : first());
    } catch (error) {
      if (!(error instanceof OutOfPatience)) throw error;
      // Its first may have begun meanwhile.
      await this.store.assertFirst(message);
      throw refusal(message, await this.open.inTheWay(message));
    } finally {
      clearTimeout(timer);
      this.waiting.delete(givenUp);
    }
  }

  /** No message waits any more. */
  stop(): void {
    this.isStopped = true;
    this.forget();
    for (const givenUp of this.waiting) givenUp.abort(ChatError.shuttingDown());
  }

  /** The first in the line of its conversation. It joins the line for places when it has met that there is none. */
  private async beginFirst(
    message: NewMessage,
    givenUp: AbortSignal,
    isFirstForPlaces = false,
  ): Promise<BegunRun> {
    for (let taken: RunsInTheWay = { ofPlaces: [] }; ;) {
      const runs = runsToAwait(message, taken);
      if (runs.length === 0) {
        // It was let in before it waited.
        if (!(await this.open.mayWrite(message.accountId))) throw new OutOfPatience();
        const begun = await this.attempt(message, taken);
        if (!(begun instanceof TakenTurn)) return begun;
        taken = begun.runs;
        continue;
      }
      if (!taken.ofConversation && !isFirstForPlaces) {
        return this.inLine(lineOfPlaces(message), givenUp, () =>
          this.beginFirst(message, givenUp, true),
        );
      }
      const working = runs.filter(({ status }) => !waitsForPerson({ status }));
      if (working.length === 0) throw new OutOfPatience();
      await this.endOfAny(working, givenUp);
      // Not by an attempt: the server of PostgreSQL would log each as an error.
      taken = await this.open.inTheWay(message);
    }
  }

  private async attempt(
    message: NewMessage,
    { ofPlaces }: RunsInTheWay = { ofPlaces: [] },
  ): Promise<BegunRun | TakenTurn> {
    try {
      return await this.store.begin(
        message,
        ofPlaces.map(({ place }) => place),
      );
    } catch (error) {
      if (error instanceof TakenTurn) return error;
      throw error;
    }
  }

  private async inLine<Result>(
    key: string,
    givenUp: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const line = this.lines.get(key) ?? new WaitingLine();
    if (line.length >= MAX_WAITING) throw new OutOfPatience();
    this.lines.set(key, line);
    try {
      return await line.inTurn(givenUp, work);
    } finally {
      if (line.length === 0) this.lines.delete(key);
    }
  }

  /** Resolves when one may have ended, and when it is time to look. */
  private async endOfAny(runs: readonly OpenRun[], givenUp: AbortSignal): Promise<void> {
    const watchers = runs.map(({ id }) => new RunEndWatcher(id));
    const end = Promise.withResolvers<void>();
    const giveUp = () => end.reject(givenUp.reason as Error);
    const timer = setTimeout(end.resolve, LOOK_INTERVAL_MS);
    givenUp.addEventListener('abort', giveUp);
    for (const watcher of watchers) this.watchers.add(watcher);
    try {
      if (givenUp.aborted) giveUp();
      await Promise.race([end.promise, ...watchers.map(({ woken }) => woken)]);
    } finally {
      clearTimeout(timer);
      givenUp.removeEventListener('abort', giveUp);
      for (const watcher of watchers) this.watchers.remove(watcher);
    }
  }
}

/** One of these has to end. None: it is its turn, or there is a place that it has not tried. */
function runsToAwait(
  { accountId, profile }: NewMessage,
  { ofConversation, ofPlaces }: RunsInTheWay,
): readonly OpenRun[] {
  if (ofConversation) return [ofConversation];
  return ofPlaces.length < runPlaces(accountId, profile).length ? [] : ofPlaces;
}

function refusal({ accountId, profile }: NewMessage, { ofConversation, ofPlaces }: RunsInTheWay) {
  const limit = runPlaces(accountId, profile).length;
  if (ofConversation || ofPlaces.length < limit) {
    return ChatError.conversationBusy(ofConversation?.id);
  }
  const waiting = ofPlaces.filter(waitsForPerson).map(({ id }) => id);
  return ChatError.tooManyRuns(limit, waiting);
}

function lineOfConversation({ accountId, conversationId }: NewMessage): string | undefined {
  return conversationId === undefined ? undefined : `${accountId} ${conversationId}`;
}

function lineOfPlaces({ accountId, profile }: NewMessage): string {
  return `${accountId} places with ${profile.id}`;
}
