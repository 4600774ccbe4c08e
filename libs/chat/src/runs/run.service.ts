import { DomainError } from '@app/security';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { ChatError } from '../chat.error.js';
import { DirectEngine } from '../engine/direct.engine.js';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import type { Profile } from '../profiles/profile.js';
import type { ChatDto } from './chat.dto.js';
import { type ChatView, type RunView, toRunView } from './chat.view.js';
import { RunStore } from './run-store.js';
import type { Run } from './run.entity.js';

/** Takes messages to their answers. A run goes on if the phone hangs up: its answer is then in the history. */
@Injectable()
export class RunService implements BeforeApplicationShutdown {
  private readonly log = new Logger('Runs');
  private readonly running = new Set<Promise<unknown>>();
  private isDraining = false;

  constructor(
    @Inject(RunStore) private readonly store: RunStore,
    @Inject(ProfileCatalog) private readonly profiles: ProfileCatalog,
    @Inject(DirectEngine) private readonly engine: DirectEngine,
  ) {}

  /**
   * Stores the message, has it answered within the profile's time limit, stores the answer and returns it.
   *
   * @throws ChatError whose `extra.conversationId` tells where a message that failed was stored
   */
  async chat(userId: string, input: ChatDto): Promise<ChatView> {
    if (this.isDraining) {
      throw new ChatError('shutting_down', 'The service is restarting. Try again.');
    }
    const startedAt = performance.now();
    const profile = this.profiles.get(input.profile_id);
    const work = this.run(userId, profile, input);
    this.running.add(work);
    const { run, answer } = await work.finally(() => this.running.delete(work));
    return {
      response: answer,
      metadata: {
        profileId: profile.id,
        timestamp: new Date().toISOString(),
        processingTime: Math.round(performance.now() - startedAt),
      },
      conversationId: run.conversationId,
    };
  }

  async get(userId: string, runId: string): Promise<RunView> {
    return toRunView(await this.store.find(userId, runId));
  }

  /** No run is begun any more; those that have begun come to their end, each within its own time limit. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isDraining = true;
    await Promise.allSettled(this.running);
  }

  private async run(
    userId: string,
    profile: Profile,
    input: ChatDto,
  ): Promise<{ run: Run; answer: string }> {
    const run = await this.store.begin(userId, profile, input);
    try {
      const signal = AbortSignal.timeout(profile.limits.seconds * 1000);
      const answer = await this.engine.answer({ profile, userId, message: input.message, signal });
      await this.store.succeed(run, answer);
      return { run, answer };
    } catch (error) {
      throw await this.failed(run, profile, error);
    }
  }

  private async failed(run: Run, profile: Profile, error: unknown): Promise<unknown> {
    const code = error instanceof DomainError ? error.code : 'internal_error';
    const { id: runId, conversationId } = run;
    this.log.warn({ event: 'chat.run.failed', runId, profileId: profile.id, code });
    await this.store.fail(run, code);
    return error instanceof ChatError
      ? new ChatError(error.code, error.message, { conversationId })
      : error;
  }
}
