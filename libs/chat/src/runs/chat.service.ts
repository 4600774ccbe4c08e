import type { Principal } from '@app/access';
import { type CallAudit, currentRequest } from '@app/logging';
import {
  AcceptedAnswer,
  OpenStreams,
  type OwnAnswer,
  type StreamPlace,
  type ToldLimits,
} from '@app/security';
import { Injectable, Logger } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';
import { ChatError } from '../chat.error.js';
import { EngineCatalog } from '../engine/engine-catalog.js';
import type { RunReference } from '../events/message-part.js';
import { eventNumber } from '../events/event-id.js';
import { RemoteRunsJob } from '../events/remote-runs.job.js';
import { RunLogReader } from '../events/run-log.reader.js';
import { RunStream } from '../events/run-stream.js';
import { RunWatchers } from '../events/run-watchers.js';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import { SwitchedParts } from '../switches/switched-parts.js';
import { messageKey } from '../idempotency/message-key.js';
import { RepeatedMessage } from '../idempotency/repeated-message.js';
import { BranchPoints } from './branch-points.js';
import { ActiveRuns } from './active-runs.js';
import { ApprovalService } from './approval.service.js';
import type { AnswerForm } from './answer-form.decorator.js';
import type { ChatDto } from './chat.dto.js';
import type { ChatView, RunView } from './chat.view.js';
import { accepted, leave, preferred, toChatView } from './given-answers.js';
import { EarlierAnswerService } from './earlier-answer.service.js';
import { type NewMessage, RunStore } from './run-store.js';
import { RunService } from './run.service.js';

/** How long a cancellation waits for the run to end. Milliseconds. */
const CANCELLATION_WAIT_MS = 1_000;

/** How a client wants a message to be taken. */
export interface Delivery {
  readonly form: AnswerForm;
  /** What marks it and its repetitions. */
  readonly key: string | undefined;
  /** Where to tell how much of the limits is used. */
  readonly limits: ToldLimits;
}

/** Messages and their answers, in each form in which an answer can be asked for. */
@Injectable()
export class ChatService {
  private readonly log = new Logger('Runs');

  constructor(
    private readonly runs: RunService,
    private readonly store: RunStore,
    private readonly active: ActiveRuns,
    private readonly profiles: ProfileCatalog,
    private readonly engines: EngineCatalog,
    private readonly reader: RunLogReader,
    private readonly watchers: RunWatchers,
    private readonly streams: OpenStreams,
    private readonly earlier: EarlierAnswerService,
    private readonly branches: BranchPoints,
    private readonly approvals: ApprovalService,
    private readonly switches: SwitchedParts,
    remote: RemoteRunsJob,
  ) {
    remote.exclude((runId) => this.active.get(runId) !== undefined);
  }

  /**
   * Stores a message and has it answered. A repetition of a message is answered by the run that the first one began.
   *
   * @throws ChatError whose `extra.conversationId` tells where a message that failed was stored; `service_off`,
   *   `assistant_off`
   */
  async send(
    user: Principal,
    { message: text, profile_id: profileId, conversation_id, edit_of, parent_message_id }: ChatDto,
    { form, key: given, limits }: Delivery,
    audit: CallAudit,
  ): Promise<ChatView | OwnAnswer> {
    const place = {
      conversationId: conversation_id,
      editOf: edit_of,
      parentMessageId: parent_message_id,
    };
    const branch = await this.branches.of(user.accountId, place);
    const { conversationId, parentId } = branch ?? { ...place, parentId: undefined };
    const profile = this.profiles.get(profileId);
    this.switches.assertAnswered(profileId, user.accountId);
    const isLogged = form !== 'whole' || this.engines.of(profile, text).answersInParts(profile);
    const from = branch ? [edit_of, parent_message_id] : [];
    const said = [text, profileId, conversation_id, ...from];
    const key = given === undefined ? undefined : messageKey(given, said);
    const { accountId } = user;
    const message = { accountId, profile, text, conversationId, parentId, isLogged, key, limits };
    try {
      return await this.first(user, message, form, audit);
    } catch (error) {
      if (!(error instanceof RepeatedMessage)) throw error;
      return this.repeated(user, error.runId, form);
    }
  }

  /**
   * Has a message answered once more, as another branch beside it. The id is that of the message or of its answer.
   *
   * @throws ChatError `message_not_found`, and as `send`
   */
  async regenerate(
    user: Principal,
    id: string,
    delivery: Delivery,
    audit: CallAudit,
  ): Promise<ChatView | OwnAnswer> {
    const { message, conversation } = await this.branches.question(user.accountId, id);
    const again = { message: message.content, profile_id: conversation.profileId };
    return this.send(user, { ...again, edit_of: message.id }, delivery, audit);
  }

  private first(
    user: Principal,
    message: NewMessage,
    form: AnswerForm,
    audit: CallAudit,
  ): Promise<ChatView | OwnAnswer> {
    switch (form) {
      case 'whole':
        return this.answered(message, audit);
      case 'later':
        return this.later(message, audit);
      case 'stream':
        return this.streamed(user, message, audit);
    }
  }

  private async repeated(
    user: Principal,
    runId: string,
    form: AnswerForm,
  ): Promise<ChatView | OwnAnswer> {
    if (form === 'whole') {
      const earlier = await this.earlier.of(user.accountId, runId);
      return earlier ?? accepted(await this.approvals.get(user.accountId, runId));
    }
    if (form === 'later') return preferred(await this.approvals.get(user.accountId, runId));
    return this.inPlace(user, async (place) => {
      const { conversation } = await this.store.find(user.accountId, runId);
      return this.streamOf({ runId, conversationId: conversation.publicId }, 0, place);
    });
  }

  private async later(message: NewMessage, audit: CallAudit): Promise<AcceptedAnswer> {
    const { runId } = await this.beginAlone(message, audit);
    return preferred(await this.approvals.get(message.accountId, runId));
  }

  /**
   * The stream of a run, behind the event with that id or from its beginning.
   *
   * @throws ChatError `run_not_found`, `invalid_event_id`, `event_not_found`, `events_expired`
   */
  async follow(user: Principal, runId: string, after: string | undefined): Promise<RunStream> {
    if (this.runs.isDraining) throw ChatError.shuttingDown();
    return this.inPlace(user, async (place) => {
      const owned = await this.store.find(user.accountId, runId);
      const seq = after === undefined ? 0 : eventNumber(runId, after);
      await this.reader.assertKnown(owned, seq);
      const reference = { runId, conversationId: owned.conversation.publicId };
      return this.streamOf(reference, seq, place);
    });
  }

  /**
   * Has a run end, on whatever instance it runs. What there is of its answer is kept.
   *
   * @throws ChatError `run_not_found`; `run_ended` for one that has ended otherwise
   */
  async cancel(accountId: string, runId: string): Promise<RunView> {
    const owned = await this.store.find(accountId, runId);
    const { status, finishedAt } = owned.run;
    if (status === 'cancelled') return this.approvals.viewOf(owned);
    if (finishedAt) throw ChatError.runEnded();
    await this.store.requestCancellation(runId);
    // From here on none goes on that waits; one that has gone on before is cancelled by its process.
    await this.approvals.withdraw(runId);
    const active = this.active.get(runId);
    active?.cancel();
    if (active) {
      await Promise.race([active.ended, setTimeout(CANCELLATION_WAIT_MS)]);
      // It may have begun to wait for the person meanwhile.
      await this.approvals.withdraw(runId);
    }
    return this.approvals.get(accountId, runId);
  }

  private async answered(
    message: NewMessage,
    audit: CallAudit,
  ): Promise<ChatView | AcceptedAnswer> {
    const startedAt = performance.now();
    const { run, answer, paused } = await this.runs.begin(message, audit);
    const given = await Promise.race([answer, paused]);
    if (!given) leave(answer, audit);
    // The client need not hold its connection while the person decides.
    if (!given || given.isWaiting)
      return accepted(await this.approvals.get(message.accountId, run.id));
    return toChatView(run, message, given, performance.now() - startedAt);
  }

  private streamed(user: Principal, message: NewMessage, audit: CallAudit): Promise<RunStream> {
    return this.inPlace(user, async (place) =>
      this.streamOf(await this.beginAlone(message, audit), 0, place),
    );
  }

  /** Before the database is asked anything: streams beyond the bound must cost next to nothing. */
  private async inPlace(
    { accountId, sessionId, deviceId }: Principal,
    open: (place: StreamPlace) => Promise<RunStream>,
  ): Promise<RunStream> {
    const address = currentRequest()?.ip ?? '';
    const place = this.streams.reserve({ accountId, sessionId, deviceId, address });
    try {
      return await open(place);
    } catch (error) {
      place.release();
      throw error;
    }
  }

  private async beginAlone(message: NewMessage, audit: CallAudit): Promise<RunReference> {
    const { run, answer } = await this.runs.begin(message, audit);
    leave(answer, audit);
    return { runId: run.id, conversationId: run.publicConversationId };
  }

  private streamOf(reference: RunReference, after: number, place: StreamPlace): RunStream {
    const { runId } = reference;
    return new RunStream({
      reference,
      after,
      place,
      watchers: this.watchers,
      read: (from) => this.reader.page(reference, from),
      failed: (err) => this.log.error({ event: 'chat.stream.broken', runId, err }),
    });
  }
}
