import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** When a connection of a user to a server was last used, and the indexes by which operators list connections. */
export class ConnectionUses extends Migration {
  override up(): void {
    const { instant } = columnTypes(this.driver);

    this.addSql(`alter table server_connections add column used_at ${instant}`);
    this.addSql('create index server_connections_name on server_connections (server_name, id)');
    this.addSql('create index server_connections_profile on server_connections (profile_id, id)');
  }
}
