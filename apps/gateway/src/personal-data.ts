import { AccountDataSource, EmailDataSource, FactorDataSource, GuessDataSource } from '@app/auth';
import { ConversationDataSource, TokenUsageDataSource } from '@app/chat';
import { ConnectionDataSource } from '@app/connections';
import { AuditDataSource } from '@app/logging';
import { UserFiles } from '@app/mcp';
import { IncidentDataSource, SecurityEventDataSource, SwitchDataSource } from '@app/operations';
import type { PrivacyModuleOptions } from '@app/privacy';
import { LimitDataSource } from '@app/security';
import { PersonalToolsLink } from './personal-tools/personal-tools.link.js';

/**
 * Everything that is kept of a person: by section of the export, in the order of erasure. A module that stores data
 * of people adds a line; a test fails as long as it does not.
 */
export const PERSONAL_DATA: PrivacyModuleOptions['sources'] = {
  // Outside of the database first: what is away now is tried again as long as there is an account.
  personalTools: PersonalToolsLink,
  files: UserFiles,
  connections: ConnectionDataSource,
  limits: LimitDataSource,
  guesses: GuessDataSource,
  mails: EmailDataSource,
  secondFactors: FactorDataSource,
  conversations: ConversationDataSource,
  modelUsage: TokenUsageDataSource,
  blocks: SwitchDataSource,
  securityEvents: SecurityEventDataSource,
  incidents: IncidentDataSource,
  audit: AuditDataSource,
  account: AccountDataSource,
};
