export { ChatModule } from './chat.module.js';
export { chatConfig } from './chat.config.js';
export { type ChatErrorCode } from './chat.error.js';
export { ANSWER_FAILURES } from './engine/engine.js';
export { ConversationDataSource } from './conversations/conversation-data.source.js';
export { PinsModule } from './pins/pins.module.js';
export { PinWriter } from './pins/pin-writer.js';
export { ProfileCatalog } from './profiles/profile-catalog.js';
export { TokenUsageDataSource } from './usage/token-usage-data.source.js';
