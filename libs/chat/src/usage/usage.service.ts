import { UserFiles } from '@app/mcp';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { type ChatConfig, chatConfig } from '../chat.config.js';
import { ChatError } from '../chat.error.js';
import { ChatUsage } from './chat-usage.entity.js';
import type { QuotaName } from '../quota.js';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import { mostRuns } from '../profiles/profile.js';
import { AllowanceService } from './allowance.service.js';
import { type AssistantUsageView, toAllowanceViews } from './assistant-usage.view.js';
import { TokenUsageService } from './token-usage.service.js';
import type { UsageView } from './usage.view.js';

/** The counters of an account. */
interface Kept {
  readonly conversations: number;
  readonly messages: number;
  readonly bytes: number;
  /** Of the files in cards. */
  readonly fileBytes: number;
}

const OPEN_RUNS = `select c.profile_id as "profileId", count(*) as runs
  from runs join conversations c on c.id = runs.conversation_id
  where runs.finished_at is null and c.account_id = ? group by c.profile_id`;

interface OpenRuns {
  readonly profileId: string;
  readonly runs: number | string;
}

const NONE: Kept = { conversations: 0, messages: 0, bytes: 0, fileBytes: 0 };

/**
 * Quotas of one account. A message is let in by the statement that counts it (see `begin-run.ts`), so any number at
 * once, on any number of instances, do not pass a quota together. Answers are counted when they are there: what is passed is what was being
 * answered at that moment.
 */
@Injectable()
export class UsageService {
  constructor(
    private readonly em: EntityManager,
    private readonly files: UserFiles,
    private readonly tokens: TokenUsageService,
    private readonly allowances: AllowanceService,
    private readonly profiles: ProfileCatalog,
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
  ) {}

  get quotas(): ChatConfig['quotas'] {
    return this.config.quotas;
  }

  async of(accountId: string): Promise<UsageView> {
    const { quotas } = this;
    const [kept, files, models, assistants] = await Promise.all([
      this.kept(this.em.fork(), accountId),
      this.files.sizeOf(accountId),
      this.tokens.of(accountId),
      this.ofAssistants(accountId),
    ]);
    return {
      quotas: {
        conversations: { used: kept.conversations, limit: quotas.conversations },
        messages: { used: kept.messages, limit: quotas.messages },
        historyBytes: { used: kept.bytes, limit: quotas.historyBytes },
        fileBytes: { used: files, limit: quotas.fileBytes },
        cardBytes: { used: kept.fileBytes, limit: quotas.cardBytes },
      },
      models,
      assistants,
    };
  }

  /** Which quota keeps a message from being let in. */
  async exceeded(accountId: string, beginsConversation: boolean): Promise<ChatError> {
    const { quotas } = this;
    const kept = await this.kept(this.em.fork(), accountId);
    const full = (name: QuotaName, used: number, limit: number) =>
      ChatError.quotaExceeded({ name, used, limit });
    if (kept.messages >= quotas.messages) return full('messages', kept.messages, quotas.messages);
    if (beginsConversation && kept.conversations >= quotas.conversations) {
      return full('conversations', kept.conversations, quotas.conversations);
    }
    return full('historyBytes', kept.bytes, quotas.historyBytes);
  }

  /** Counts a conversation out that the transaction of `em` has deleted. */
  async giveBack(
    em: EntityManager,
    accountId: string,
    { messages, bytes, fileBytes }: Omit<Kept, 'conversations'>,
  ): Promise<void> {
    await sql(em).execute(
      `update chat_usage set
         conversations = case when conversations > 1 then conversations - 1 else 0 end,
         messages = case when messages > ? then messages - ? else 0 end,
         bytes = case when bytes > ? then bytes - ? else 0 end,
         file_bytes = case when file_bytes > ? then file_bytes - ? else 0 end
       where account_id = ?`,
      [messages, messages, bytes, bytes, fileBytes, fileBytes, accountId],
      'run',
    );
  }

  /** Before a tool may add to the files of a person. @throws ChatError `quota_exceeded` */
  async assertRoomForFiles(accountId: string): Promise<void> {
    const { fileBytes: limit } = this.config.quotas;
    const used = await this.files.sizeOf(accountId, limit);
    if (used >= limit) throw ChatError.quotaExceeded({ name: 'fileBytes', used, limit });
  }

  private async ofAssistants(accountId: string): Promise<AssistantUsageView[]> {
    const [today, open] = await Promise.all([
      this.tokens.today(accountId),
      sql(this.em.fork()).execute<OpenRuns[]>(OPEN_RUNS, [accountId]),
    ]);
    return Promise.all(
      [...this.profiles.all].map(async (profile) => {
        const used = Number(open.find(({ profileId }) => profileId === profile.id)?.runs ?? 0);
        const allowances = await this.allowances.of(accountId, profile, today);
        const runs = { used, limit: mostRuns(profile) };
        return { profileId: profile.id, limits: { runs, ...toAllowanceViews(allowances) } };
      }),
    );
  }

  private async kept(em: EntityManager, accountId: string): Promise<Kept> {
    return (await em.findOne(ChatUsage, { accountId })) ?? NONE;
  }
}

function sql(em: EntityManager): SqlEntityManager {
  return em as SqlEntityManager;
}
