import { DomainError } from '@app/security';

export type ConnectionErrorCode =
  'connection_not_found' | 'connection_unavailable' | 'connection_code_invalid';

export class ConnectionError extends DomainError<ConnectionErrorCode> {
  override readonly name = 'ConnectionError';

  /** The same for one that never was, and for one whose assistant is switched off. */
  static notFound(): ConnectionError {
    return new ConnectionError('connection_not_found', 'There is nothing of that kind to connect.');
  }

  /** For operators. */
  static unknown(): ConnectionError {
    return new ConnectionError('connection_not_found', 'There is no such connection.');
  }

  static unavailable(): ConnectionError {
    const message = 'The other service cannot be connected now. Try again later.';
    return new ConnectionError('connection_unavailable', message);
  }

  /** The same for a code that is wrong, one that is too old, and one of another person. */
  static codeInvalid(): ConnectionError {
    const message = 'This code is not valid, or not any more. Connect the service again.';
    return new ConnectionError('connection_code_invalid', message);
  }
}
