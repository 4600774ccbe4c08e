import { InitialSchema } from './20261124120000-initial-schema.js';
import { SessionsAsDevices } from './20261125010000-sessions-as-devices.js';
import { SigningKeys } from './20261125020000-signing-keys.js';
import { SecondFactors } from './20261125030000-second-factors.js';
import { EmailTokens } from './20261125040000-email-tokens.js';
import { ConsentsAndErasures } from './20261125050000-consents-and-erasures.js';
import { UsedProofs } from './20261125060000-used-proofs.js';
import { FoldedNotes } from './20261126150000-folded-notes.js';
import { CanonicalAuditObjects } from './20261126160000-canonical-audit-objects.js';
import { ChatUsage } from './20261126170000-chat-usage.js';
import { PersonalToolsRole } from './20261126180000-personal-tools-role.js';
import { BoundsOfLists } from './20261126190000-bounds-of-lists.js';
import { ChosenConversationIds } from './20261126200000-chosen-conversation-ids.js';
import { RunEvents } from './20261126210000-run-events.js';
import { TokenUsage } from './20261126220000-token-usage.js';
import { IdempotencyKeys } from './20261126230000-idempotency-keys.js';
import { PlacesOfConversations } from './20261127010000-places-of-conversations.js';
import { OneWriter } from './20261127020000-one-writer.js';
import { TokenUsageByAssistant } from './20261127030000-token-usage-by-assistant.js';
import { Approvals } from './20261127040000-approvals.js';
import { SearchedMessages } from './20261127050000-searched-messages.js';
import { Feedback } from './20261127060000-feedback.js';

/** In the order in which they are applied. A released one is never edited. */
export const migrations = [
  { name: '20261124120000-initial-schema', class: InitialSchema },
  { name: '20261125010000-sessions-as-devices', class: SessionsAsDevices },
  { name: '20261125020000-signing-keys', class: SigningKeys },
  { name: '20261125030000-second-factors', class: SecondFactors },
  { name: '20261125040000-email-tokens', class: EmailTokens },
  { name: '20261125050000-consents-and-erasures', class: ConsentsAndErasures },
  { name: '20261125060000-used-proofs', class: UsedProofs },
  { name: '20261126150000-folded-notes', class: FoldedNotes },
  { name: '20261126160000-canonical-audit-objects', class: CanonicalAuditObjects },
  { name: '20261126170000-chat-usage', class: ChatUsage },
  { name: '20261126180000-personal-tools-role', class: PersonalToolsRole },
  { name: '20261126190000-bounds-of-lists', class: BoundsOfLists },
  { name: '20261126200000-chosen-conversation-ids', class: ChosenConversationIds },
  { name: '20261126210000-run-events', class: RunEvents },
  { name: '20261126220000-token-usage', class: TokenUsage },
  { name: '20261126230000-idempotency-keys', class: IdempotencyKeys },
  { name: '20261127010000-places-of-conversations', class: PlacesOfConversations },
  { name: '20261127020000-one-writer', class: OneWriter },
  { name: '20261127030000-token-usage-by-assistant', class: TokenUsageByAssistant },
  { name: '20261127040000-approvals', class: Approvals },
  { name: '20261127050000-searched-messages', class: SearchedMessages },
  { name: '20261127060000-feedback', class: Feedback },
];
