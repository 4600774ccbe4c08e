import { McpError } from '../mcp.error.js';

/**
 * Makes an attempt a second time if a server refused the first for want of its session. It did not execute it, and any
 * other failure may have come after the tool acted.
 */
export async function beginAgainOnce<T>(
  attempt: () => Promise<T>,
  onLost: (error: McpError) => void,
): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof McpError) || !error.details.isSessionLost) throw error;
    onLost(error);
    return attempt();
  }
}
