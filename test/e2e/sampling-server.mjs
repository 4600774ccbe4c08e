// An MCP server over stdio whose tools turn to the language model of the host, with the SDK. The first argument names its era.
import { fromJsonSchema, inputRequired, McpServer } from '@modelcontextprotocol/server';
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';

const [, , era] = process.argv;

const said = (text) => ({ content: [{ type: 'text', text }] });
const user = (text) => ({ role: 'user', content: { type: 'text', text } });

const PLAIN = {
  messages: [user('Sum this up: the\u202e sea.')],
  systemPrompt: 'You sum up.',
  maxTokens: 5_000,
  includeContext: 'allServers',
  stopSequences: ['STOP'],
};
const REQUESTS = {
  summarize: PLAIN,
  flood: { ...PLAIN, messages: [user('x'.repeat(40_000))] },
  much: { ...PLAIN, messages: [user('word '.repeat(6_000))] },
};

/** Turns to the model in the way of the era, so many times, and says what came of it. */
async function sample(server, { mcpReq }, request, times) {
  const answers = [];
  if (era === 'modern') {
    answers.push(...JSON.parse(mcpReq.requestState() ?? '[]'));
    const { answer } = mcpReq.inputResponses ?? {};
    if (answer) answers.push(answer);
    if (answers.length === times) return answers;
    return inputRequired({
      inputRequests: { answer: inputRequired.createMessage(request) },
      requestState: JSON.stringify(answers),
    });
  }
  for (let time = 0; time < times; time += 1) {
    const params = { method: 'sampling/createMessage', params: request };
    answers.push(
      await mcpReq.send(params).catch(({ code, message }) => ({ refused: `${code} ${message}` })),
    );
  }
  return answers;
}

function aServer() {
  const server = new McpServer({ name: 'sampling', version: '1' });
  for (const [name, request] of Object.entries(REQUESTS)) {
    const properties = { times: { type: 'integer' } };
    server.registerTool(
      name,
      {
        description: `Does ${name}.`,
        inputSchema: fromJsonSchema({ type: 'object', properties }),
      },
      async ({ times = 1 }, ctx) => {
        const end = await sample(server, ctx, request, times);
        return Array.isArray(end) ? said(JSON.stringify(end)) : end;
      },
    );
  }
  return server;
}

if (era === 'modern') serveStdio(aServer, { legacy: 'reject' });
else await aServer().connect(new StdioServerTransport());
