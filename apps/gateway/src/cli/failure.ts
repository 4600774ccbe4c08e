import { operatorWords } from '@app/chat';
import { ConfigurationError } from '@app/config';
import { McpError } from '@app/mcp';
import { isDatabaseOutage } from '@app/persistence';
import { DomainError } from '@app/security';
import { UsageError } from './program/usage.error.js';

/** Why a command did not do its work. */
export interface Failure {
  /** Stable, for programs. */
  readonly code: string;
  readonly message: string;
}

/** An internal failure is shown by class and code, without its message: a database repeats its input in messages. */
export function failureOf(error: unknown): Failure {
  if (error instanceof UsageError) return { code: 'usage', message: error.message };
  if (error instanceof ConfigurationError) {
    return { code: 'invalid_configuration', message: error.message };
  }
  if (error instanceof DomainError) return { code: error.code as string, message: error.message };
  if (error instanceof McpError) return { code: error.code, message: operatorWords(error) };
  const { code } = error as NodeJS.ErrnoException;
  if (isDatabaseOutage(error)) {
    const message = `The database is away or locked: ${code ?? 'no answer'}`;
    return { code: 'unavailable', message };
  }
  const name = error instanceof Error ? error.constructor.name : 'Error';
  return {
    code: 'internal_error',
    message: `Failed: ${[name, code].filter(Boolean).join(' ')}`,
  };
}
