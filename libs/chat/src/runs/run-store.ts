import { EntityManager, LockMode } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { ChatError } from '../chat.error.js';
import { Conversation } from '../conversations/conversation.entity.js';
import { owned } from '../conversations/conversation.service.js';
import { Message } from '../conversations/message.entity.js';
import type { Profile } from '../profiles/profile.js';
import type { ChatDto } from './chat.dto.js';
import { Run } from './run.entity.js';

/** Beyond its profile's time limit a run may need this long to be written down. Milliseconds. */
const SLACK = 20_000;

/** The longest title that is made from a first message. Characters. */
const TITLE_LENGTH = 60;

/** Runs and their messages in the database. Each step is one transaction. */
@Injectable()
export class RunStore {
  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  /**
   * Stores the message, in its conversation or in a new one, and the run that is to answer it.
   *
   * @throws ChatError `conversation_not_found`, `profile_mismatch`
   */
  begin(accountId: string, profile: Profile, { message, conversation_id }: ChatDto): Promise<Run> {
    return this.em.fork().transactional(async (em) => {
      const now = new Date();
      const conversation = conversation_id
        ? await continued(em, accountId, profile, conversation_id)
        : em.create(Conversation, {
            id: v7(),
            accountId,
            profileId: profile.id,
            title: titleOf(message),
            createdAt: now,
            updatedAt: now,
          });
      conversation.updatedAt = now;
      // Each row refers to the one before by its id; without relations between them the order is ours to keep.
      await em.flush();
      const run = em.create(Run, {
        id: v7(),
        conversationId: conversation.id,
        status: 'running',
        createdAt: now,
        deadlineAt: new Date(now.getTime() + profile.limits.seconds * 1000 + SLACK),
      });
      addMessage(em, run, 'user', message);
      return run;
    });
  }

  /** Stores the answer. */
  succeed(run: Run, answer: string): Promise<void> {
    return this.em.fork().transactional(async (em) => {
      const now = new Date();
      // The conversation before its runs, as everywhere: two that lock in different orders wait for each other.
      const kept = await em.nativeUpdate(
        Conversation,
        { id: run.conversationId },
        { updatedAt: now },
      );
      if (kept === 0) return;
      const ended = await em.nativeUpdate(
        Run,
        { id: run.id, finishedAt: null },
        { status: 'succeeded', finishedAt: now },
      );
      // It was given up as interrupted: there is nothing to answer any more.
      if (ended === 0) return;
      addMessage(em, em.getReference(Run, run.id), 'assistant', answer, run.conversationId);
    });
  }

  async fail(run: Run, errorCode: string): Promise<void> {
    await this.em
      .fork()
      .nativeUpdate(
        Run,
        { id: run.id, finishedAt: null },
        { status: 'failed', errorCode, finishedAt: new Date() },
      );
  }

  /** Closes the runs whose process is gone. Returns how many there were. */
  interruptOverdue(): Promise<number> {
    const now = new Date();
    return this.em
      .fork()
      .nativeUpdate(
        Run,
        { finishedAt: null, deadlineAt: { $lt: now } },
        { status: 'interrupted', finishedAt: now },
      );
  }

  /** @throws ChatError `run_not_found`, also for a run of somebody else */
  async find(accountId: string, id: string): Promise<Run> {
    const em = this.em.fork();
    const run = await em.findOne(Run, { id });
    const conversation =
      run && (await em.findOne(Conversation, { id: run.conversationId, accountId }));
    if (!run || !conversation) throw new ChatError('run_not_found', 'There is no such run.');
    return run;
  }
}

async function continued(
  em: EntityManager,
  accountId: string,
  profile: Profile,
  id: string,
): Promise<Conversation> {
  // Locked, so that it cannot be deleted before the message is in it.
  const conversation = await owned(em, accountId, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (conversation.profileId === profile.id) return conversation;
  throw new ChatError('profile_mismatch', 'This conversation is with another assistant.');
}

function addMessage(
  em: EntityManager,
  run: Run,
  role: Message['role'],
  content: string,
  conversationId = run.conversationId,
): void {
  em.create(Message, { id: v7(), conversationId, run, role, content, createdAt: new Date() });
}

function titleOf(message: string): string {
  const line = message.trim().split('\n')[0]!.trim();
  const title = Array.from(line).slice(0, TITLE_LENGTH).join('');
  return title === '' ? 'Conversation' : title;
}
