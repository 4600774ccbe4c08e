import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** The networks whose calls are refused. */
export class NetworkBlocks extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);

    this.addSql(`create table network_blocks (
      id ${uuid} primary key,
      network text not null,
      reason text not null,
      created_at ${instant} not null,
      expires_at ${instant},
      removed_at ${instant},
      changed_at ${instant} not null
    )`);
    this.addSql('create index network_blocks_changed on network_blocks (changed_at)');
  }
}
