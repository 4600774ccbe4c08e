import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

const COUNTS = ['input_tokens', 'output_tokens', 'estimated_tokens', 'cost_nanos'];

/** What language models use in a day is counted by assistant, too: an assistant may have a limit of its own. */
export class TokenUsageByAssistant extends Migration {
  override up(): void {
    const { uuid } = columnTypes(this.driver);

    this.addSql(`create table token_usage_by_assistant (
      account_id ${uuid} not null references accounts (id) on delete cascade,
      day text not null,
      profile_id text not null,
      currency text not null,
      ${COUNTS.map((column) => `${column} bigint not null`).join(', ')},
      primary key (account_id, day, profile_id, currency)
    )`);
    const columns = COUNTS.join(', ');
    this
      .addSql(`insert into token_usage_by_assistant (account_id, day, profile_id, currency, ${columns})
      select account_id, day, '', currency, ${columns} from token_usage`);
    this.addSql('drop table token_usage');
    this.addSql('alter table token_usage_by_assistant rename to token_usage');
  }
}
