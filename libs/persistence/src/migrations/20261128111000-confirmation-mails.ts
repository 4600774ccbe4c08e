import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** Whether the administrators who can confirm a request have been told of it. */
export class ConfirmationMails extends Migration {
  override up(): void {
    const { instant } = columnTypes(this.driver);

    this.addSql(`alter table confirmations add column told_at ${instant}`);
  }
}
