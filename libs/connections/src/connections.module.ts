import { AuthModule } from '@app/auth';
import { SecurityModule } from '@app/security';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import {
  type DynamicModule,
  type InjectionToken,
  Module,
  type ModuleMetadata,
} from '@nestjs/common';
import { AccountConnectionController } from './administration/account-connection.controller.js';
import { ConnectionRevocationService } from './administration/connection-revocation.service.js';
import { ConnectionDataSource } from './personal-data/connection-data.source.js';
import { ConnectionTokensModule } from './connection-tokens.module.js';
import { AwaitedConnectionsJob } from './flow/awaited-connections.job.js';
import { ClientDocument } from './flow/client-document.js';
import { ConnectionListener, noConnectionListener } from './flow/connection-listener.js';
import { ConnectionAttempt } from './flow/connection-attempt.entity.js';
import { ConnectionAttempts } from './flow/connection-attempts.js';
import { ConnectionController } from './flow/connection.controller.js';
import { ConnectionService } from './flow/connection.service.js';
import { ExpiredAttemptsJob } from './flow/expired-attempts.job.js';
import { KnownTerms } from './flow/known-terms.js';
import { OrphanedConnectionsJob } from './flow/orphaned-connections.job.js';
import { PendingRevocationsJob } from './flow/pending-revocations.job.js';
import { ReturnService } from './flow/return.service.js';
import { ServerCatalog } from './flow/server-catalog.js';
import { OAuthServers } from './oauth-servers.js';

export interface ConnectionsModuleOptions {
  /** The modules that the provider of `servers` needs. */
  readonly imports: ModuleMetadata['imports'];
  readonly servers: InjectionToken<OAuthServers>;
  /** The provider that is told of new connections. @default none */
  readonly listener?: InjectionToken<ConnectionListener>;
}

/** How people connect the servers of assistants, and end that. */
@Module({})
export class ConnectionsModule {
  static forRoot({ imports = [], servers, listener }: ConnectionsModuleOptions): DynamicModule {
    return {
      module: ConnectionsModule,
      imports: [
        MikroOrmModule.forFeature([ConnectionAttempt]),
        AuthModule,
        ConnectionTokensModule,
        SecurityModule,
        ...imports,
      ],
      controllers: [AccountConnectionController, ConnectionController],
      providers: [
        AwaitedConnectionsJob,
        ClientDocument,
        ConnectionAttempts,
        ConnectionDataSource,
        ConnectionRevocationService,
        ConnectionService,
        ExpiredAttemptsJob,
        KnownTerms,
        OrphanedConnectionsJob,
        PendingRevocationsJob,
        listener
          ? { provide: ConnectionListener, useExisting: listener }
          : { provide: ConnectionListener, useValue: noConnectionListener },
        { provide: OAuthServers, useExisting: servers },
        ReturnService,
        ServerCatalog,
      ],
      exports: [ConnectionDataSource],
    };
  }
}
