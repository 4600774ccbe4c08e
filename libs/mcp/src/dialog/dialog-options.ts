import { type Client, LOG_LEVEL_META_KEY } from '@modelcontextprotocol/client';
import type { McpDialog } from './mcp-dialog.js';
import { readProgress } from './read-progress.js';

/** What the SDK has to know of a dialog. */
export function dialogOptions(dialog: McpDialog | undefined) {
  const { onProgress } = dialog ?? {};
  return {
    allowInputRequired: dialog !== undefined,
    ...(onProgress && {
      onprogress: (given: Parameters<typeof readProgress>[0]) => onProgress(readProgress(given)),
    }),
  };
}

/** From 2026 on a server says nothing for the log that was not asked for. */
export function requestMembers(client: Client): object {
  const isModern = client.getProtocolEra() === 'modern';
  return isModern ? { _meta: { [LOG_LEVEL_META_KEY]: 'info' } } : {};
}
