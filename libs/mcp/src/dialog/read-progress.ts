import { cleanText } from '../results/clean-text.js';

/** The longest words about how far a call is. Characters. */
const LONGEST_MESSAGE = 200;

/** How far a call is, in the server's words, cleaned and bounded. */
export interface McpProgress {
  readonly progress: number;
  /** Absent where the server does not know. */
  readonly total?: number;
  readonly message?: string;
}

export function readProgress(given: {
  progress: number;
  total?: number | undefined;
  message?: string | undefined;
}): McpProgress {
  const { progress, total, message } = given;
  // Cut first: a long message costs no more than a short one.
  const words = cleanText((message ?? '').slice(0, LONGEST_MESSAGE));
  return {
    progress,
    ...(total !== undefined && { total }),
    ...(words.trim() !== '' && { message: words }),
  };
}
