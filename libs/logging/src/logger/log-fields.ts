import { maskText } from '../masking/mask-text.js';

/** The longest fixed text: a signed checkpoint of the audit trail. Characters. */
const LONGEST_FIXED = 300;

/**
 * The only fields that a log line may carry. A field that is not here is left out: a new one
 * is a decision about what operators may see, made in this list (docs/logging.md says what each means). A `fixed`
 * field holds fixed words, numbers or ids; a `free` one may hold foreign text, and is masked.
 */
const ALLOWED: ReadonlyMap<string, 'fixed' | 'free'> = new Map([
  ...[
    'event',
    'context',
    'code',
    'outcome',
    'action',
    'method',
    'route',
    'statusCode',
    'durationMs',
    'userId',
    'sessionId',
    'conversationId',
    'runId',
    'profileId',
    'limit',
    'count',
    'signal',
    'era',
    'attempt',
    'delayMs',
    'model',
    'until',
    'checkpoint',
    'inputTokens',
    'outputTokens',
    'output',
  ].map((name) => [name, 'fixed'] as const),
  ...['reason', 'ip', 'server', 'tool', 'field', 'stderr', 'said', 'url'].map(
    (name) => [name, 'free'] as const,
  ),
]);

/** What a log line says under `metadata`: allowed fields, short and masked, and the bare bones of an error. */
export function logFields(given: Record<string, unknown>): Record<string, unknown> {
  const metadata: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (name === 'err' || value instanceof Error) metadata.error = errorFields(value);
    else if (ALLOWED.has(name)) metadata[name] = scalar(value, ALLOWED.get(name) === 'free');
  }
  return metadata;
}

function scalar(value: unknown, isFree: boolean): unknown {
  if (typeof value === 'string') return isFree ? maskText(value) : value.slice(0, LONGEST_FIXED);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  return undefined;
}

/**
 * An error's class, code and stack frames. Its message only where it is surely ours or the runtime's: a database
 * or validation library puts the values that people sent into the messages of its errors.
 */
function errorFields(value: unknown): Record<string, unknown> {
  if (!(value instanceof Error)) return { type: typeof value };
  const { code } = value as { code?: unknown };
  return {
    type: value.constructor.name,
    code: typeof code === 'string' || typeof code === 'number' ? code : undefined,
    message: QUOTES_VALUES.test(value.constructor.name) ? undefined : maskText(value.message),
    stack: frames(value),
  };
}

const QUOTES_VALUES = /Driver|Sql|Sqlite|Database|Constraint|Validation|Zod|Exception$/;

function frames(error: Error): string | undefined {
  // The message stands before the frames, and could have lines that look like some.
  return error.stack
    ?.replace(error.message, '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 20)
    .join('\n');
}
