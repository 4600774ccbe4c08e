// An MCP server of 2026 over stdio whose tools are what a file says at the moment, and which tells those who listen when it
// has changed. Clients of 2025 are refused.
import { fromJsonSchema, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { readFileSync, watchFile } from 'node:fs';

const [, , file] = process.argv;
const toolsNow = () => JSON.parse(readFileSync(file, 'utf8'));

serveStdio(
  () => {
    const server = new McpServer({ name: 'changing', version: '1' });
    const registered = new Map();
    for (const { name, description, inputSchema } of toolsNow()) {
      const definition = { description, inputSchema: fromJsonSchema(inputSchema) };
      const call = () => ({ content: [{ type: 'text', text: `called ${name}` }] });
      registered.set(name, server.registerTool(name, definition, call));
    }
    watchFile(file, { interval: 50 }, () => {
      for (const { name, description } of toolsNow()) registered.get(name)?.update({ description });
    });
    return server;
  },
  { legacy: 'reject' },
);
