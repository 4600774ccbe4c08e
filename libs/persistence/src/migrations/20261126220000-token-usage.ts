import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** What language models use, by run and by day. The days outlive their runs: what was used stays used. */
export class TokenUsage extends Migration {
  override up(): void {
    const { uuid } = columnTypes(this.driver);
    const counts = `input_tokens bigint not null,
      output_tokens bigint not null,
      estimated_tokens bigint not null,
      cost_nanos bigint not null`;

    this.addSql(`create table run_usage (
      run_id ${uuid} not null references runs (id) on delete cascade,
      model text not null,
      currency text not null,
      ${counts},
      primary key (run_id, model, currency)
    )`);
    this.addSql(`create table token_usage (
      account_id ${uuid} not null references accounts (id) on delete cascade,
      day text not null,
      currency text not null,
      ${counts},
      primary key (account_id, day, currency)
    )`);
  }
}
