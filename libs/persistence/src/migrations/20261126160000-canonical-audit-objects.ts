import { Migration } from '@mikro-orm/migrations';

/** The form of a UUID, as both databases can match it. */
const UUID = '________-____-____-____-____________';

/**
 * Records used to keep the id of an object as the caller had written it. One in upper case was neither exported nor
 * erased with the person that it names. Those of accounts that are gone go, the others become what they should have
 * been, and what is no id of a thing with an id was input that had been refused.
 */
export class CanonicalAuditObjects extends Migration {
  override up(): void {
    this.addSql(`update audit_records set object_id = null
      where object_type = 'account' and object_id like '${UUID}' and object_id <> lower(object_id)
        and lower(object_id) not in (select cast(id as text) from accounts)`);
    this.addSql(`update audit_records set object_id = lower(object_id)
      where object_id like '${UUID}' and object_id <> lower(object_id)`);
    this.addSql(`update audit_records set object_id = null
      where object_id is not null and object_id not like '${UUID}'
        and (object_type <> 'consent' or object_id <> lower(object_id))`);
  }
}
