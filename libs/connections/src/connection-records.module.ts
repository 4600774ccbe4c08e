import { OperatorAccessModule } from '@app/auth';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { AccountConnectionService } from './administration/account-connection.service.js';
import { ConnectionRemoval } from './store/connection-removal.js';
import { PendingRevocation } from './store/pending-revocation.entity.js';
import { PendingRevocations } from './store/pending-revocations.js';
import { ServerConnection } from './store/server-connection.entity.js';

/** The rows of connections, without their tokens: operators list and remove them. Commands need nothing else. */
@Module({
  imports: [MikroOrmModule.forFeature([PendingRevocation, ServerConnection]), OperatorAccessModule],
  providers: [AccountConnectionService, ConnectionRemoval, PendingRevocations],
  exports: [AccountConnectionService, ConnectionRemoval, PendingRevocations],
})
export class ConnectionRecordsModule {}
