export { ChatModule } from './chat.module.js';
export { chatConfig } from './chat.config.js';
export { type ChatErrorCode } from './chat.error.js';
export { ConversationData } from './conversations/conversation-data.js';
export { ProfileCatalog } from './profiles/profile-catalog.js';
