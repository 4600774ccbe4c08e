import { DomainError } from '@app/security';

/** A refusal whose account the audit trail names. The response does not. */
export abstract class CredentialError<Code extends string> extends DomainError<Code> {
  /** The account of the failed attempt. */
  accountId?: string;
}
