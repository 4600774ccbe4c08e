import type { CallToolResult } from '@modelcontextprotocol/server';
import { Logger } from '@nestjs/common';
import { RefusalError } from './refusal.error.js';

const log = new Logger('PersonalTools');

/** What a user calls the place their things are kept in, as it reads after "The". */
export type Area = 'notes' | 'tasks' | 'calendar';

/**
 * Runs one tool and turns its outcome into what the client may see: the text, the sentence of a `RefusalError`,
 * or, for anything else, that the place could not be reached.
 *
 * Of an unexpected error only its kind is logged: the message of a database error repeats the statement
 * and, in it, what the user wrote.
 */
export async function answer(
  area: Area,
  tool: string,
  work: () => Promise<string>,
): Promise<CallToolResult> {
  try {
    return { content: [{ type: 'text', text: await work() }] };
  } catch (error) {
    if (error instanceof RefusalError) return failure(error.message);
    log.error({ event: 'personal_tools.failed', tool, ...kindOf(error) });
    return failure(`The ${area} could not be reached. Try again.`);
  }
}

function failure(text: string): CallToolResult {
  return { isError: true, content: [{ type: 'text', text }] };
}

function kindOf(error: unknown): { error: string; code?: string } {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { error: error.constructor.name, ...code };
}
