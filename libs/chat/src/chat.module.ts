import { ModelsModule } from '@app/models';
import { SecurityModule } from '@app/security';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { ApprovalDecisions } from './approvals/approval-decisions.js';
import { Approval } from './approvals/approval.entity.js';
import { RunSuspension } from './approvals/run-suspension.entity.js';
import { chatConfig } from './chat.config.js';
import { InputDecisions } from './inputs/input-decisions.js';
import { RunInput } from './inputs/run-input.entity.js';
import { ConversationDataSource } from './conversations/conversation-data.source.js';
import { ConversationController } from './conversations/conversation.controller.js';
import { Conversation } from './ownership/conversation.entity.js';
import { ConversationService } from './conversations/conversation.service.js';
import { DeletedConversationsJob } from './conversations/deleted-conversations.job.js';
import { Message } from './conversations/message.entity.js';
import { UnusedConversationsJob } from './conversations/unused-conversations.job.js';
import { ArgumentChecks } from './engine/argument-checks.js';
import { CardFileController } from './cards/card-file.controller.js';
import { CardFileService } from './cards/card-file.service.js';
import { CardStore } from './cards/card.store.js';
import { CapabilitiesController } from './engine/capabilities.controller.js';
import { DirectEngine } from './engine/direct.engine.js';
import { EngineCatalog } from './engine/engine-catalog.js';
import { ModelEngine } from './engine/model.engine.js';
import { ProfilePrompts } from './engine/profile-prompts.js';
import { ProfileTools } from './engine/profile-tools.js';
import { ServerSampling } from './engine/server-sampling.js';
import { TurnHistory } from './engine/turn-history.js';
import { AppliedVersions } from './profile-versions/applied-versions.js';
import { ProfileVersionController } from './profile-versions/profile-version.controller.js';
import { ProfileVersionService } from './profile-versions/profile-version.service.js';
import { ProfileVersionStore } from './profile-versions/profile-version.store.js';
import { ProfileVersionsJob } from './profile-versions/profile-versions.job.js';
import { SandboxCheck } from './profiles/sandbox-check.js';
import { MetDefinitions } from './pins/met-definitions.js';
import { PinListService } from './pins/pin-list.service.js';
import { PinController } from './pins/pin.controller.js';
import { ToolPins } from './pins/tool-pins.js';
import { ProfileCatalog } from './profiles/profile-catalog.js';
import { ProfileController } from './profiles/profile.controller.js';
import { ExpiredEventsJob } from './events/expired-events.job.js';
import { LogWriter } from './events/log-writer.js';
import { RemoteRunsJob } from './events/remote-runs.job.js';
import { RunLogReader } from './events/run-log.reader.js';
import { RunWatchers } from './events/run-watchers.js';
import { BranchPoints } from './runs/branch-points.js';
import { ActiveRuns } from './runs/active-runs.js';
import { ApprovalController } from './runs/approval.controller.js';
import { ApprovalService } from './runs/approval.service.js';
import { ChatController } from './runs/chat.controller.js';
import { ExpiredKeysJob } from './idempotency/expired-keys.job.js';
import { IdempotencyKey } from './idempotency/idempotency-key.entity.js';
import { ChatService } from './runs/chat.service.js';
import { ConnectedRuns } from './runs/connected-runs.js';
import { RunController } from './runs/run.controller.js';
import { EarlierAnswerService } from './runs/earlier-answer.service.js';
import { RunLeasesJob } from './runs/run-leases.job.js';
import { HeldInputRows } from './runs/held-input-rows.js';
import { HeldInputs } from './runs/held-inputs.js';
import { HeldInputsJob } from './runs/held-inputs.job.js';
import { RunLeases } from './runs/run-leases.js';
import { RunResumption } from './runs/run-resumption.js';
import { RunStore } from './runs/run-store.js';
import { OpenRuns } from './runs/open-runs.js';
import { RunTurns } from './runs/run-turns.js';
import { Run } from './ownership/run.entity.js';
import { RunService } from './runs/run.service.js';
import { MessagePlaces } from './usage/message-places.js';
import { AllowanceService } from './usage/allowance.service.js';
import { RunSuspender } from './runs/run-suspender.js';
import { DueRuns } from './runs/due-runs.js';
import { WaitingRuns } from './runs/waiting-runs.js';
import { WaitingRunsJob } from './runs/waiting-runs.job.js';
import { FeedbackController } from './conversations/feedback.controller.js';
import { FeedbackService } from './conversations/feedback.service.js';
import { ConversationExportController } from './export/conversation-export.controller.js';
import { ConversationExportService } from './export/conversation-export.service.js';
import { SwitchBoardModule } from '@app/switches';
import { SwitchedParts } from './switches/switched-parts.js';
import { SearchController } from './search/search.controller.js';
import { SearchIndexJob } from './search/search-index.job.js';
import { SearchService } from './search/search.service.js';
import { ModelController } from './models/model.controller.js';
import { ModelListService } from './models/model-list.service.js';
import { ServerController } from './servers/server.controller.js';
import { ServerService } from './servers/server.service.js';
import { TitleService } from './titles/title.service.js';
import { ChatUsage } from './usage/chat-usage.entity.js';
import { TokenUsageDataSource } from './usage/token-usage-data.source.js';
import { TokenUsage } from './usage/token-usage.entity.js';
import { TokenUsageService } from './usage/token-usage.service.js';
import { UsageReportController } from './usage/report/usage-report.controller.js';
import { UsageReportModule } from './usage/report/usage-report.module.js';
import { UsageController } from './usage/usage.controller.js';
import { UsageService } from './usage/usage.service.js';

/** Assistants, conversations with them, and the runs that answer. */
@Module({
  imports: [
    UsageReportModule,
    ConfigModule.forFeature(chatConfig),
    ModelsModule,
    SecurityModule,
    SwitchBoardModule,
    MikroOrmModule.forFeature([
      Approval,
      ChatUsage,
      Conversation,
      IdempotencyKey,
      Message,
      Run,
      RunInput,
      RunSuspension,
      TokenUsage,
    ]),
  ],
  controllers: [
    ProfileController,
    ProfileVersionController,
    CapabilitiesController,
    CardFileController,
    ChatController,
    RunController,
    ApprovalController,
    ConversationController,
    ConversationExportController,
    FeedbackController,
    ModelController,
    PinController,
    SearchController,
    ServerController,
    UsageController,
    UsageReportController,
  ],
  providers: [
    ActiveRuns,
    AppliedVersions,
    BranchPoints,
    AllowanceService,
    ApprovalDecisions,
    ApprovalService,
    ArgumentChecks,
    CardFileService,
    CardStore,
    ChatService,
    ConnectedRuns,
    ConversationDataSource,
    ConversationExportService,
    ConversationService,
    DeletedConversationsJob,
    DirectEngine,
    EngineCatalog,
    EarlierAnswerService,
    ExpiredEventsJob,
    ExpiredKeysJob,
    FeedbackService,
    HeldInputRows,
    HeldInputs,
    HeldInputsJob,
    InputDecisions,
    LogWriter,
    ModelEngine,
    ModelListService,
    MessagePlaces,
    MetDefinitions,
    OpenRuns,
    PinListService,
    ProfileCatalog,
    ProfilePrompts,
    ProfileTools,
    ProfileVersionService,
    ProfileVersionsJob,
    ProfileVersionStore,
    ServerSampling,
    RemoteRunsJob,
    RunLeases,
    RunLeasesJob,
    RunLogReader,
    RunResumption,
    RunService,
    RunStore,
    RunTurns,
    RunSuspender,
    RunWatchers,
    SearchIndexJob,
    SearchService,
    ServerService,
    TitleService,
    TokenUsageDataSource,
    TokenUsageService,
    SandboxCheck,
    SwitchedParts,
    ToolPins,
    TurnHistory,
    UnusedConversationsJob,
    UsageService,
    DueRuns,
    WaitingRuns,
    WaitingRunsJob,
  ],
  exports: [
    ConnectedRuns,
    ConversationDataSource,
    ModelsModule,
    ProfileCatalog,
    TokenUsageDataSource,
  ],
})
export class ChatModule {}
