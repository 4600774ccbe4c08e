import type { Tool } from '@modelcontextprotocol/client';
import { McpError } from '../mcp.error.js';
import type { McpTool } from '../targets/mcp-target.js';
import { cleanText } from './clean-text.js';

export const MAX_PAGES = 20;
export const MAX_TOOLS = 500;
/** Most bytes of JSON that one server's tools may take, as they are kept for the life of its connection. */
const MAX_LIST_BYTES = 1024 * 1024;

/** The form that the specification recommends. A name outside it cannot be allowed by a profile and is left out. */
const TOOL_NAME = /^[A-Za-z0-9_./-]{1,128}$/;

/** @throws McpError `mcp_result_too_large` */
export function toToolList(tools: readonly Tool[]): McpTool[] {
  const byName = new Map<string, McpTool>();
  for (const tool of tools) {
    if (TOOL_NAME.test(tool.name) && !byName.has(tool.name)) byName.set(tool.name, toTool(tool));
  }
  const list = [...byName.values()];
  if (list.length > MAX_TOOLS || Buffer.byteLength(JSON.stringify(list)) > MAX_LIST_BYTES) {
    throw new McpError('mcp_result_too_large', 'The tool server offers too many tools.');
  }
  return list;
}

function toTool(tool: Tool): McpTool {
  const title = tool.title ?? tool.annotations?.title;
  return {
    name: tool.name,
    ...(title !== undefined && { title: cleanText(title) }),
    description: cleanText(tool.description ?? ''),
    inputSchema: tool.inputSchema,
  };
}
