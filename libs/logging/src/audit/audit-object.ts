import { validate } from 'uuid';

/** The type of an object that is an account. Any other object that an account acted on is its own. */
export const PERSON = 'account';

/** The longest name that a record takes. */
const LONGEST_NAME = 64;

/**
 * What an audited call acted on. The call has perhaps been refused, and its input may be anything: a record takes an
 * id in its canonical form, or a word of a known form, or nothing. Only thus are the records of a person all of them.
 */
export class AuditObject {
  private constructor(
    readonly type: string,
    readonly id: string,
  ) {}

  /** A thing with a UUID. */
  static ofId(type: string, id: unknown): AuditObject | undefined {
    return typeof id === 'string' && validate(id)
      ? new AuditObject(type, id.toLowerCase())
      : undefined;
  }

  /** A thing that has a name instead, of the form that its DTO accepts. */
  static ofName(type: string, name: unknown, form: RegExp): AuditObject | undefined {
    const isName = typeof name === 'string' && name.length <= LONGEST_NAME && form.test(name);
    return isName ? new AuditObject(type, name) : undefined;
  }
}
