export { ConnectionDataSource } from './personal-data/connection-data.source.js';
export {
  AccountConnectionService,
  type ConnectionFilter,
} from './administration/account-connection.service.js';
export { CONNECTION_SORTS, PART_NAME } from './administration/account-connection.dto.js';
export { STORED_STATES } from './administration/account-connection.view.js';
export { ConnectionRecordsModule } from './connection-records.module.js';
export { ConnectionTokens } from './tokens/connection-tokens.js';
export { ConnectionTokensModule } from './connection-tokens.module.js';
export { ConnectionsModule, type ConnectionsModuleOptions } from './connections.module.js';
export { type ConnectionErrorCode } from './connection.error.js';
export { serverConnectionsConfig } from './server-connections.config.js';
export { ConnectionListener } from './flow/connection-listener.js';
export { type OAuthServer, OAuthServers } from './oauth-servers.js';
