import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/**
 * Which run a run follows. Those from before follow each other in the order of their ids, and are told so when their
 * conversation gets its first branch: no row is written here.
 */
export class Branches extends Migration {
  override up(): void {
    const { uuid } = columnTypes(this.driver);

    this.addSql(`alter table runs add column parent_id ${uuid}`);
    this.addSql('create index runs_parent on runs (parent_id)');
    this.addSql('alter table conversations add column branched boolean not null default false');
  }
}
