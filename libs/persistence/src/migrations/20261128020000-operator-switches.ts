import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** What operators have switched off: parts of the service, accounts and devices. */
export class OperatorSwitches extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);

    this.addSql(`create table operator_switches (
      id ${uuid} primary key,
      scope text not null,
      target text not null,
      account_id ${uuid} references accounts (id) on delete cascade,
      reason text not null,
      operator_id ${uuid} references accounts (id) on delete set null,
      created_at ${instant} not null,
      expires_at ${instant},
      removed_at ${instant},
      changed_at ${instant} not null
    )`);
    this.addSql('create index operator_switches_changed on operator_switches (changed_at)');
    this.addSql('create index operator_switches_target on operator_switches (scope, target)');
    this.addSql('create index operator_switches_account on operator_switches (account_id)');
    this.addSql('create index operator_switches_operator on operator_switches (operator_id)');
  }
}
