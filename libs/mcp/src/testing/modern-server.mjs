// An MCP server of the 2026 era over stdio that does not serve older clients.
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';

serveStdio(
  () => {
    const server = new McpServer({ name: 'modern', version: '1' });
    server.registerTool('greet', { description: 'Greets' }, () => ({
      content: [{ type: 'text', text: 'hello from 2026' }],
    }));
    return server;
  },
  { legacy: 'reject' },
);
