import { AuthModule } from '@app/auth';
import { mcpConfig } from '@app/mcp';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { ConnectionRecordsModule } from './connection-records.module.js';
import { serverConnectionsConfig } from './server-connections.config.js';
import { RegisteredClient } from './clients/registered-client.entity.js';
import { StoredClients } from './clients/stored-clients.js';
import { OAuthCalls } from './oauth/oauth-calls.js';
import { ConnectionStore } from './store/connection-store.js';
import { ConnectionTokens } from './tokens/connection-tokens.js';
import { GrantEnd } from './tokens/grant-end.js';
import { TokenRenewal } from './tokens/token-renewal.js';

/** The tokens of users for servers. It knows of no assistant, so that connections to servers can be built on it. */
@Module({
  imports: [
    ConfigModule.forFeature(serverConnectionsConfig),
    ConfigModule.forFeature(mcpConfig),
    MikroOrmModule.forFeature([RegisteredClient]),
    AuthModule,
    ConnectionRecordsModule,
  ],
  providers: [ConnectionStore, ConnectionTokens, GrantEnd, OAuthCalls, StoredClients, TokenRenewal],
  exports: [
    ConfigModule,
    ConnectionRecordsModule,
    ConnectionStore,
    ConnectionTokens,
    GrantEnd,
    OAuthCalls,
    StoredClients,
  ],
})
export class ConnectionTokensModule {}
